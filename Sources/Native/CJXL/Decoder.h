// A file of JPEG XL, read through libjxl from a libvips source.
#ifndef SLUICE_JXL_DECODER_H
#define SLUICE_JXL_DECODER_H
#include "Library.h"

#include <stdbool.h>
#include <vips/vips.h>

typedef struct {
    const jxl_library *library;
    JxlDecoder *decoder;
    VipsSource *source;
    unsigned char input[65536];
    // Bytes of `input` that hold something; whether the file has no more.
    size_t filled;
    bool is_at_end;
} jxl_decoder;

// From the start of the source, of which it keeps a reference; `events` are libjxl's. 0, or -1 with libvips' error.
int sluice_jxl_start(jxl_decoder *self, VipsSource *source, int events);

void sluice_jxl_stop(jxl_decoder *self);

// The next event, never JXL_DEC_NEED_MORE_INPUT before the end of the file.
JxlDecoderStatus sluice_jxl_next(jxl_decoder *self);

// Why it goes no further after this status, in libvips' error buffer.
void sluice_jxl_explain(const jxl_decoder *self, JxlDecoderStatus status);

#endif
