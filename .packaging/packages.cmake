# What is built of the program for others to install, from the one version number in CMakeLists.txt:
# `cmake --build build --target packages` leaves it all in build/packages. .packaging/build.sh does it.

string(TOLOWER "${CMAKE_SYSTEM_NAME}" PATCHBAY_OS)
set(PATCHBAY_CPU x64)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(PATCHBAY_CPU arm64)
endif()

# Nothing of a distribution but curl, SQLite and OpenSSL is needed by what is carried elsewhere: the
# HTTP library, which few systems have, goes along.
set_target_properties(patchbay PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/patchbay")
find_library(HTTPLIB_FILE cpp-httplib)
if(IS_SYMLINK "${HTTPLIB_FILE}" AND NOT PATCHBAY_FETCH_DEPENDENCIES)
  file(READ_SYMLINK ${HTTPLIB_FILE} HTTPLIB_NAME)
  file(REAL_PATH ${HTTPLIB_FILE} HTTPLIB_FILE)
  install(PROGRAMS ${HTTPLIB_FILE} DESTINATION lib/patchbay RENAME ${HTTPLIB_NAME}
          COMPONENT carried EXCLUDE_FROM_ALL)
endif()
# Whose work is in the program, where the system says so.
file(READ LICENSE licences)
file(GLOB others /usr/share/doc/nlohmann-json3-dev/copyright /usr/share/doc/libfmt-dev/copyright
     /usr/share/doc/libcli11-dev/copyright /usr/share/doc/libcpp-httplib-dev/copyright)
foreach(other ${others})
  file(READ ${other} text)
  string(APPEND licences "\n--------\n\n${text}")
endforeach()
file(WRITE ${CMAKE_BINARY_DIR}/packaging/copyright "${licences}")
install(FILES ${CMAKE_BINARY_DIR}/packaging/copyright DESTINATION share/doc/patchbay
        COMPONENT program)
install(FILES README.md DESTINATION share/doc/patchbay COMPONENT program)
install(DIRECTORY skills DESTINATION share/patchbay COMPONENT program)

foreach(file npm/package.json npm/platform.json mcpb/manifest.json gemini/gemini-extension.json
             server.json cpack_project.cmake)
  configure_file(.packaging/${file}.in ${CMAKE_BINARY_DIR}/packaging/${file} @ONLY)
endforeach()

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_VENDOR "The Patchbay authors")
set(CPACK_PACKAGE_CONTACT "The Patchbay authors <patchbay@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "every AI model and every agent inside your coding agent")
set(CPACK_PACKAGE_DESCRIPTION
    "An MCP server for Claude Code, Codex and IDE assistants: looks up and invokes any\n"
    "model behind OpenRouter and any A2A agent, and says what each call costs.")
list(JOIN CPACK_PACKAGE_DESCRIPTION "" CPACK_PACKAGE_DESCRIPTION)
set(CPACK_PACKAGE_FILE_NAME patchbay-${PROJECT_VERSION}-${PATCHBAY_OS}-${PATCHBAY_CPU})
set(CPACK_STRIP_FILES ON)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_BINARY_DIR}/packaging/cpack_project.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS ca-certificates)
include(CPack)

add_custom_target(
  packages
  COMMAND ${CMAKE_SOURCE_DIR}/.packaging/build.sh ${CMAKE_BINARY_DIR} ${CMAKE_BINARY_DIR}/packages
  DEPENDS patchbay
  USES_TERMINAL)
