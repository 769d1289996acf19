# Writes a C++ source that holds the bytes of a file, at build time:
#   cmake -DINPUT=snapshot.json -DOUTPUT=snapshot_data.cc -P embed_snapshot.cmake
# As numbers and not as text, because compilers limit the length of a string literal.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT}
  "#include <cstddef>\n"
  "namespace catalog {\n"
  "extern const unsigned char snapshot_bytes[];\n"
  "extern const std::size_t snapshot_size;\n"
  "const unsigned char snapshot_bytes[] = {${bytes}};\n"
  "const std::size_t snapshot_size = sizeof snapshot_bytes;\n"
  "}  // namespace catalog\n")
