// The dynamic loader's list of what is mapped, for Swift: <link.h> shows it to C alone, and only with _GNU_SOURCE.

#ifndef CLOADER_H
#define CLOADER_H

#include <stddef.h>

/// Calls back with each mapped segment of code of the program and its libraries, in whole pages. Left out are those that
/// were written to when they were loaded, whose pages are not those of their files any more.
void cloader_each_code_segment(void (*each)(void *start, size_t length));

#endif
