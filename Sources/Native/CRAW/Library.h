// LibRaw's functions, found at run time: linking it would make it a dependency.
#ifndef SLUICE_RAW_LIBRARY_H
#define SLUICE_RAW_LIBRARY_H
#include <libraw/libraw.h>

#define SLUICE_RAW_FUNCTIONS(X)                                                                                          \
    X(libraw_init)                                                                                                       \
    X(libraw_close)                                                                                                      \
    X(libraw_open_buffer)                                                                                                \
    X(libraw_adjust_sizes_info_only)                                                                                     \
    X(libraw_unpack)                                                                                                     \
    X(libraw_dcraw_process)                                                                                              \
    X(libraw_set_dataerror_handler)                                                                                      \
    X(libraw_strerror)                                                                                                   \
    X(libraw_version)

typedef struct {
#define SLUICE_RAW_MEMBER(name) __typeof__(&name) name;
    SLUICE_RAW_FUNCTIONS(SLUICE_RAW_MEMBER)
#undef SLUICE_RAW_MEMBER
} raw_library;

// NULL where it is not there.
const raw_library *sluice_raw_functions(void);

// The shared library that is looked for.
const char *sluice_raw_library(void);

#endif
