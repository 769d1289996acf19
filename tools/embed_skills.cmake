# Writes a C++ source that holds the files of skills/, at build time:
#   cmake -DFOLDER=skills -DOUTPUT=skills_data.cc -P embed_skills.cmake
file(GLOB_RECURSE paths RELATIVE ${FOLDER} ${FOLDER}/*.md)
list(SORT paths)
set(arrays "")
set(entries "")
set(n 0)
foreach(path ${paths})
  file(READ ${FOLDER}/${path} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "const unsigned char file_${n}[] = {${bytes}};\n")
  string(APPEND entries "    {\"${path}\", file_${n}, sizeof file_${n}},\n")
  math(EXPR n "${n} + 1")
endforeach()
file(WRITE ${OUTPUT}
  "#include \"tools/embedded_skills.h\"\n"
  "namespace tools {\nnamespace {\n${arrays}}  // namespace\n"
  "const EmbeddedFile embedded_skills[] = {\n${entries}};\n"
  "const std::size_t embedded_skill_count = ${n};\n"
  "}  // namespace tools\n")
