// hiredis's reply parser for Swift. Its sockets and event loops are not used: the gateway's own channels feed it.

#ifndef CHIREDIS_H
#define CHIREDIS_H

#include <hiredis/hiredis.h>

/// A reader that refuses arrays of more than `largestArray` elements, before it takes memory for them, and keeps at most
/// `largestSpareBuffer` bytes when there is nothing to read. Null where there is no memory. Freed with
/// chiredis_reader_free.
redisReader *chiredis_reader_create(size_t largestArray, size_t largestSpareBuffer);

void chiredis_reader_free(redisReader *reader);

#endif
