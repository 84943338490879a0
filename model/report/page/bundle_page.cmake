# Installs what the lock file names and bundles the page's scripts into OUTPUT; an empty file if
# that fails, so that a machine without network still builds.
string(REPLACE "," ";" inputs "${INPUTS}")
foreach(input IN LISTS inputs)
  get_filename_component(folder ${WORK}/${input} DIRECTORY)
  file(COPY ${SOURCE}/${input} DESTINATION ${folder})
endforeach()

function(give_up what output)
  message(WARNING "Reports will show static pictures: ${what} failed. Delete ${OUTPUT} to try again.\n${output}")
  file(WRITE ${OUTPUT} "")
endfunction()

if(NOT EXISTS ${WORK}/node_modules/.package-lock.json OR
   ${WORK}/package-lock.json IS_NEWER_THAN ${WORK}/node_modules/.package-lock.json)
  execute_process(
    COMMAND ${NPM} ci --ignore-scripts --fetch-retries=1 --fetch-timeout=60000
    WORKING_DIRECTORY ${WORK} TIMEOUT 300
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    give_up("npm ci" "${output}")
    return()
  endif()
endif()
execute_process(
  COMMAND ${NODE} bundle.js ${OUTPUT}
  WORKING_DIRECTORY ${WORK} TIMEOUT 120
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  give_up("bundling" "${output}")
endif()
