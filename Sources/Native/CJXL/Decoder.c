#include "Decoder.h"

#include <string.h>

int sluice_jxl_start(jxl_decoder *self, VipsSource *source, int events) {
    self->library = sluice_jxl_library();
    if (!self->library) {
        vips_error("jxlload", "JPEG XL is not supported by this version of libvips");
        return -1;
    }
    self->source = g_object_ref(source);
    self->filled = 0;
    self->is_at_end = false;
    self->decoder = self->library->JxlDecoderCreate(NULL);
    if (!self->decoder) {
        vips_error("jxlload", "out of memory");
    } else if (
        vips_source_rewind(source) == 0
        && self->library->JxlDecoderSubscribeEvents(self->decoder, events) == JXL_DEC_SUCCESS
        && self->library->JxlDecoderSetUnpremultiplyAlpha(self->decoder, JXL_TRUE) == JXL_DEC_SUCCESS) {
        return 0;
    }
    sluice_jxl_stop(self);
    return -1;
}

void sluice_jxl_stop(jxl_decoder *self) {
    if (self->decoder) self->library->JxlDecoderDestroy(self->decoder);
    self->decoder = NULL;
    g_clear_object(&self->source);
}

// Whether there are more bytes than before.
static bool refill(jxl_decoder *self) {
    size_t left = self->library->JxlDecoderReleaseInput(self->decoder);
    memmove(self->input, self->input + self->filled - left, left);
    gint64 count = vips_source_read(self->source, self->input + left, sizeof(self->input) - left);
    self->filled = left + (count > 0 ? count : 0);
    bool is_set = self->filled == 0
        || self->library->JxlDecoderSetInput(self->decoder, self->input, self->filled) == JXL_DEC_SUCCESS;
    return count > 0 && is_set;
}

JxlDecoderStatus sluice_jxl_next(jxl_decoder *self) {
    while (true) {
        JxlDecoderStatus status = self->library->JxlDecoderProcessInput(self->decoder);
        if (status != JXL_DEC_NEED_MORE_INPUT || self->is_at_end) return status;
        if (refill(self)) continue;
        // libjxl is not told of the end: it would make an error of it, and what is there could not be had any more.
        self->is_at_end = true;
    }
}

void sluice_jxl_explain(const jxl_decoder *self, JxlDecoderStatus status) {
    if (status == JXL_DEC_NEED_MORE_INPUT)
        vips_error("jxlload", "premature end of the file");
    else
        vips_error("jxlload", "libjxl finds the data damaged");
}
