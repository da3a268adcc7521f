# Writes OUTPUT, a C++ file that holds MIGRATIONS/NNNN_name/up.sql as db::EmbeddedMigrations().
file(GLOB files ${MIGRATIONS}/*/up.sql)
list(SORT files)
set(rows "")
foreach(file ${files})
  get_filename_component(directory ${file} DIRECTORY)
  get_filename_component(directory ${directory} NAME)
  if(NOT directory MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$")
    message(FATAL_ERROR "migrations/${directory}: want NNNN_name")
  endif()
  set(number ${CMAKE_MATCH_1})
  set(name ${CMAKE_MATCH_2})
  string(REGEX REPLACE "^0+" "" number ${number})
  file(READ ${file} sql)
  if(NOT sql MATCHES "^-- release ([0-9]+)\n")
    message(FATAL_ERROR "migrations/${directory}/up.sql: want '-- release N' as its first line")
  endif()
  set(release ${CMAKE_MATCH_1})
  string(APPEND rows "    {${number}, ${release}, \"${name}\", R\"affidavit(${sql})affidavit\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from migrations/ by db/embed_migrations.cmake.
#include <span>

#include \"db/migrator.h\"

namespace affidavit::db {
namespace {
constexpr Migration kMigrations[] = {
${rows}};
}  // namespace
std::span<const Migration> EmbeddedMigrations() { return kMigrations; }
}  // namespace affidavit::db
")
