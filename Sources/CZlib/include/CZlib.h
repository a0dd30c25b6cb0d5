// zlib for Swift: what the library offers as a macro is wrapped here, one line each, without logic.

#ifndef CZLIB_H
#define CZLIB_H

#include <zlib.h>

/// Prepares a stream for inflating. windowBits: 15 for zlib (RFC 1950), 31 for gzip (RFC 1952), -15 for raw deflate
/// (RFC 1951).
static inline int czlib_inflate_init(z_stream *stream, int windowBits) { return inflateInit2(stream, windowBits); }

#endif
