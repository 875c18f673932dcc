// libheif's functions, found in the process: linking it would make it a dependency.
#ifndef SLUICE_HEIF_LIBRARY_H
#define SLUICE_HEIF_LIBRARY_H
#include <libheif/heif.h>

#define SLUICE_HEIF_FUNCTIONS(X)                                                                                         \
    X(heif_context_alloc)                                                                                                \
    X(heif_context_free)                                                                                                 \
    X(heif_context_get_encoder_for_format)                                                                               \
    X(heif_encoder_release)                                                                                              \
    X(heif_encoder_set_lossy_quality)                                                                                    \
    X(heif_encoder_set_parameter)                                                                                        \
    X(heif_image_create)                                                                                                 \
    X(heif_image_release)                                                                                                \
    X(heif_image_add_plane)                                                                                              \
    X(heif_image_get_plane)                                                                                              \
    X(heif_image_set_raw_color_profile)                                                                                  \
    X(heif_image_set_nclx_color_profile)                                                                                 \
    X(heif_nclx_color_profile_alloc)                                                                                     \
    X(heif_nclx_color_profile_free)                                                                                      \
    X(heif_context_encode_image)                                                                                         \
    X(heif_image_handle_release)                                                                                         \
    X(heif_context_add_exif_metadata)                                                                                    \
    X(heif_context_add_XMP_metadata)                                                                                     \
    X(heif_context_write)

typedef struct {
#define SLUICE_HEIF_MEMBER(name) __typeof__(&name) name;
    SLUICE_HEIF_FUNCTIONS(SLUICE_HEIF_MEMBER)
#undef SLUICE_HEIF_MEMBER
} heif_library;

// NULL where it is not there.
const heif_library *sluice_heif_library(void);

#endif
