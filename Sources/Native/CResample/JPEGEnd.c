// How far a JPEG goes: where its data ends before its picture does.
#include "CResample.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jpeglib.h>
// After it.
#include <jerror.h>

#define BUFFER 65536

typedef struct {
    struct jpeg_decompress_struct decoder;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    jmp_buf failed;
    int file;
    off_t offset;
    // Whether bytes were wanted that are not there, and the first line of the small picture that lacks some; -1 for none.
    bool reached_end;
    int first_missing;
    JOCTET buffer[BUFFER];
} reader;

static void fail(j_common_ptr decoder) { longjmp(((reader *) decoder->client_data)->failed, 1); }

static void say_nothing(j_common_ptr decoder) { (void) decoder; }

static void warn(j_common_ptr decoder, int level) {
    reader *self = decoder->client_data;
    if (level >= 0 || self->first_missing >= 0) return;
    // Whether data is wrong or lacking, from here on the picture is not what it was.
    self->first_missing = (int) self->decoder.output_scanline;
}

static void begin(j_decompress_ptr decoder) { (void) decoder; }

static boolean fill(j_decompress_ptr decoder) {
    reader *self = decoder->client_data;
    ssize_t got = pread(self->file, self->buffer, BUFFER, self->offset);
    if (got <= 0) {
        self->reached_end = true;
        self->buffer[0] = 0xFF;
        self->buffer[1] = JPEG_EOI;
        got = 2;
    } else {
        self->offset += got;
    }
    self->source.next_input_byte = self->buffer;
    self->source.bytes_in_buffer = (size_t) got;
    return TRUE;
}

static void skip(j_decompress_ptr decoder, long count) {
    reader *self = decoder->client_data;
    if (count <= 0) return;
    if ((size_t) count > self->source.bytes_in_buffer) {
        self->offset += count - (long) self->source.bytes_in_buffer;
        self->source.bytes_in_buffer = 0;
    } else {
        self->source.next_input_byte += count;
        self->source.bytes_in_buffer -= (size_t) count;
    }
}

static void end(j_decompress_ptr decoder) { (void) decoder; }

static void survey(reader *self, sluice_jpeg_end *out) {
    struct jpeg_decompress_struct *decoder = &self->decoder;
    jpeg_read_header(decoder, TRUE);
    // Stray bytes between segments lack no line.
    self->first_missing = -1;
    out->height = (int) decoder->image_height;
    out->is_layered = jpeg_has_multiple_scans(decoder);
    // All of its coefficients would have to be held.
    if (out->is_layered) return;
    // One pixel of a block, without the lines that a finer interpolation waits for.
    decoder->scale_num = 1;
    decoder->scale_denom = 8;
    decoder->do_fancy_upsampling = FALSE;
    jpeg_start_decompress(decoder);
    size_t bytes = (size_t) decoder->output_width * (size_t) decoder->output_components;
    JSAMPARRAY line =
        (*decoder->mem->alloc_sarray)((j_common_ptr) decoder, JPOOL_IMAGE, (JDIMENSION) bytes, 1);
    while (decoder->output_scanline < decoder->output_height) {
        jpeg_read_scanlines(decoder, line, 1);
        if (self->first_missing >= 0) break;
    }
    long lines = self->first_missing >= 0 ? (long) self->first_missing * 8 : out->height;
    out->lines = (int) (lines < out->height ? lines : out->height);
    out->is_known = true;
}

int sluice_find_jpeg_end(int file, sluice_jpeg_end *out) {
    *out = (sluice_jpeg_end) {0};
    reader *self = calloc(1, sizeof(*self));
    if (!self) return -1;
    self->file = file;
    self->first_missing = -1;
    self->decoder.err = jpeg_std_error(&self->errors);
    self->errors.error_exit = fail;
    self->errors.emit_message = warn;
    self->errors.output_message = say_nothing;
    self->decoder.client_data = self;
    int result = 0;
    if (setjmp(self->failed)) {
        result = -1;
    } else {
        jpeg_create_decompress(&self->decoder);
        // It clears what it was given.
        self->decoder.client_data = self;
        self->source = (struct jpeg_source_mgr) {
            .init_source = begin, .fill_input_buffer = fill, .skip_input_data = skip,
            .resync_to_restart = jpeg_resync_to_restart, .term_source = end};
        self->decoder.src = &self->source;
        survey(self, out);
    }
    out->reached_end = self->reached_end;
    jpeg_destroy_decompress(&self->decoder);
    free(self);
    return result;
}

typedef struct {
    int file;
    off_t offset;
    size_t next, count;
    unsigned char buffer[BUFFER];
} bytes;

static int next_byte(bytes *from) {
    if (from->next == from->count) {
        ssize_t got = pread(from->file, from->buffer, BUFFER, from->offset);
        if (got <= 0) return -1;
        from->offset += got;
        from->count = (size_t) got;
        from->next = 0;
    }
    return from->buffer[from->next++];
}

static void skip_bytes(bytes *from, size_t length) {
    size_t held = from->count - from->next;
    if (length <= held) {
        from->next += length;
    } else {
        from->offset += (off_t) (length - held);
        from->next = from->count = 0;
    }
}

bool sluice_has_jpeg_end(int file) {
    bytes *from = calloc(1, sizeof(*from));
    if (!from) return false;
    from->file = file;
    bool found = false;
    for (int byte = next_byte(from); byte >= 0; byte = next_byte(from)) {
        if (byte != 0xFF) continue;
        int marker;
        do marker = next_byte(from);
        while (marker == 0xFF);
        if (marker < 0) break;
        // Stuffed bytes, and markers without a segment.
        if (marker <= 1 || (marker >= 0xD0 && marker <= 0xD8)) continue;
        if (marker == JPEG_EOI) {
            found = true;
            break;
        }
        int high = next_byte(from), low = next_byte(from);
        if (high < 0 || low < 0) break;
        int length = high << 8 | low;
        if (length > 2) skip_bytes(from, (size_t) length - 2);
    }
    free(from);
    return found;
}
