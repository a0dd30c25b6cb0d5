#define _GNU_SOURCE

#include "CLoader.h"

#include <link.h>
#include <stdint.h>
#include <unistd.h>

#if defined(__OPTIMIZE__) && !defined(_FORTIFY_SOURCE)
#error "built without FORTIFY: see hardenedC in Package.swift"
#endif
#if defined(__clang__) && !defined(__SSP_STRONG__)
#error "built without stack protectors: see hardenedC in Package.swift"
#endif

typedef void (*segment_callback)(void *start, size_t length);

/// Whether the loader had to write into this object's code (text relocations).
static int is_written_to(const struct dl_phdr_info *object) {
    for (int index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[index];
        if (header->p_type != PT_DYNAMIC) continue;
        const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(object->dlpi_addr + header->p_vaddr);
        for (; entry->d_tag != DT_NULL; entry++) {
            if (entry->d_tag == DT_TEXTREL) return 1;
            if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)) return 1;
        }
    }
    return 0;
}

static int visit(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    if (is_written_to(object)) return 0;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[index];
        if (header->p_type != PT_LOAD || !(header->p_flags & PF_X) || (header->p_flags & PF_W)) continue;
        uintptr_t start = (object->dlpi_addr + header->p_vaddr) & ~(page - 1);
        uintptr_t end = (object->dlpi_addr + header->p_vaddr + header->p_memsz + page - 1) & ~(page - 1);
        (*(segment_callback *)context)((void *)start, end - start);
    }
    return 0;
}

void cloader_each_code_segment(segment_callback each) { dl_iterate_phdr(visit, &each); }
