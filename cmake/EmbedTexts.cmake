# systerm_embed_texts(SOURCE FOLDER folder HEADER header FUNCTION function NAMES name...)
#
# Sets SOURCE in the caller's scope to a C++ file that the build generates: FUNCTION, which HEADER declares, gives
# the files FOLDER/NAME.yaml as EmbeddedText.
set(SYSTERM_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_texts.cmake)

function(systerm_embed_texts source)
  cmake_parse_arguments(arg "" "FOLDER;HEADER;FUNCTION" "NAMES" ${ARGN})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${arg_FUNCTION}.cpp)
  list(TRANSFORM arg_NAMES PREPEND ${arg_FOLDER}/ OUTPUT_VARIABLE files)
  list(TRANSFORM files APPEND .yaml)
  list(JOIN arg_NAMES "," names)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DFOLDER=${arg_FOLDER} -DNAMES=${names}
            -DHEADER=${arg_HEADER} -DFUNCTION=${arg_FUNCTION} -P ${SYSTERM_EMBED_SCRIPT}
    DEPENDS ${files} ${SYSTERM_EMBED_SCRIPT}
    VERBATIM)
  set(${source} ${output} PARENT_SCOPE)
endfunction()
