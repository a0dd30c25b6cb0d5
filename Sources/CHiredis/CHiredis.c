#include "CHiredis.h"

#include <stdlib.h>

#if defined(__OPTIMIZE__) && !defined(_FORTIFY_SOURCE)
#error "built without FORTIFY: see hardenedC in Package.swift"
#endif
#if defined(__clang__) && !defined(__SSP_STRONG__)
#error "built without stack protectors: see hardenedC in Package.swift"
#endif

#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count;
#endif

// hiredis 0.14 takes what an array's head promises, up to 16 GiB, at the peer's word; 1.0 has `maxelements` for it.
typedef struct {
    redisReplyObjectFunctions functions;
    void *(*createArray)(const redisReadTask *, element_count);
    size_t largestArray;
} bounded_functions;

static void *create_bounded_array(const redisReadTask *task, element_count count) {
    const bounded_functions *bounded = task->privdata;
    if ((size_t)count > bounded->largestArray) return NULL;
    return bounded->createArray(task, count);
}

redisReader *chiredis_reader_create(size_t largestArray, size_t largestSpareBuffer) {
    bounded_functions *bounded = calloc(1, sizeof(*bounded));
    if (bounded == NULL) return NULL;
    redisReader *reader = redisReaderCreate();
    if (reader == NULL) {
        free(bounded);
        return NULL;
    }
    bounded->functions = *reader->fn;
    bounded->createArray = reader->fn->createArray;
    bounded->functions.createArray = create_bounded_array;
    bounded->largestArray = largestArray;
    reader->fn = &bounded->functions;
    reader->privdata = bounded;
    reader->maxbuf = largestSpareBuffer;
    return reader;
}

void chiredis_reader_free(redisReader *reader) {
    void *bounded = reader->privdata;
    redisReaderFree(reader);
    free(bounded);
}
