# Runs the browser tests, or says why it cannot ("skipped: ..."): they need node, npm, Chromium and,
# the first time, the package that drives it.
find_program(NODE node)
find_program(NPM npm)
find_program(CHROMIUM NAMES chromium chromium-browser google-chrome)
foreach(tool NODE NPM CHROMIUM)
  if(NOT ${tool})
    string(TOLOWER ${tool} name)
    message(STATUS "skipped: ${name} is not there")
    return()
  endif()
endforeach()

set(size 0)
if(BUNDLE AND EXISTS ${BUNDLE})
  file(SIZE ${BUNDLE} size)
endif()
if(size EQUAL 0)
  message(STATUS "skipped: this build has no scripts for reports")
  return()
endif()

file(GLOB files ${SOURCE}/*.js ${SOURCE}/package.json ${SOURCE}/package-lock.json ${SOURCE}/.npmrc)
file(COPY ${files} DESTINATION ${WORK})
if(NOT EXISTS ${WORK}/node_modules/.package-lock.json OR
   ${WORK}/package-lock.json IS_NEWER_THAN ${WORK}/node_modules/.package-lock.json)
  execute_process(COMMAND ${NPM} ci --ignore-scripts --fetch-retries=1 --fetch-timeout=60000
                  WORKING_DIRECTORY ${WORK} RESULT_VARIABLE status
                  OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(STATUS "skipped: npm cannot install playwright-core: ${output}")
    return()
  endif()
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E env SYSTERM_PROGRAM=${PROGRAM} SYSTERM_CHROMIUM=${CHROMIUM}
                        SYSTERM_SOURCE_DIR=${PROJECT} SYSTERM_TEST_FOLDER=${WORK}/output
                        ${NODE} --test --test-concurrency=1 ${WORK}/${TEST}.test.js
                WORKING_DIRECTORY ${WORK} RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${TEST}: failed; screenshots are in ${WORK}/output/screenshots")
endif()
