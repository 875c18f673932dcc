#include "CRepack.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jpeglib.h>

#include <jerror.h>

enum { BLOCK = 65536 };

typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf end;
    char message[JMSG_LENGTH_MAX];
    int has_warned;
} errors;

typedef struct {
    struct jpeg_source_mgr manager;
    int file;
    off_t offset;
    JOCTET block[BLOCK];
} input;

typedef struct {
    struct jpeg_destination_mgr manager;
    int file;
    off_t offset;
    int has_failed;
    JOCTET block[BLOCK];
} output;

static void fail(j_common_ptr info) {
    errors *self = (errors *) info->err;
    info->err->format_message(info, self->message);
    longjmp(self->end, 1);
}

// A file with damage is left as it is.
static void note(j_common_ptr info, int level) {
    if (level >= 0) { return; }
    errors *self = (errors *) info->err;
    info->err->format_message(info, self->message);
    self->has_warned = 1;
}

static void begin_input(j_decompress_ptr info) { (void) info; }
static void end_input(j_decompress_ptr info) { (void) info; }

static boolean fill(j_decompress_ptr info) {
    input *self = (input *) info->src;
    ssize_t count;
    do {
        count = pread(self->file, self->block, BLOCK, self->offset);
    } while (count < 0 && errno == EINTR);
    if (count <= 0) { ERREXIT(info, JERR_INPUT_EOF); }
    self->offset += count;
    self->manager.next_input_byte = self->block;
    self->manager.bytes_in_buffer = (size_t) count;
    return TRUE;
}

static void skip(j_decompress_ptr info, long count) {
    input *self = (input *) info->src;
    if (count <= 0) { return; }
    size_t here = self->manager.bytes_in_buffer;
    if ((size_t) count <= here) {
        self->manager.next_input_byte += count;
        self->manager.bytes_in_buffer -= (size_t) count;
    } else {
        self->offset += count - (long) here;
        self->manager.bytes_in_buffer = 0;
    }
}

static int put(output *self, size_t count) {
    size_t done = 0;
    while (done < count) {
        ssize_t written = pwrite(self->file, self->block + done, count - done, self->offset + (off_t) done);
        if (written < 0 && errno == EINTR) { continue; }
        if (written <= 0) {
            self->has_failed = 1;
            return -1;
        }
        done += (size_t) written;
    }
    self->offset += (off_t) count;
    self->manager.next_output_byte = self->block;
    self->manager.free_in_buffer = BLOCK;
    return 0;
}

static void begin_output(j_compress_ptr info) {
    output *self = (output *) info->dest;
    self->manager.next_output_byte = self->block;
    self->manager.free_in_buffer = BLOCK;
}

static boolean flush(j_compress_ptr info) {
    if (put((output *) info->dest, BLOCK)) { ERREXIT(info, JERR_FILE_WRITE); }
    return TRUE;
}

static void end_output(j_compress_ptr info) {
    output *self = (output *) info->dest;
    if (put(self, BLOCK - self->manager.free_in_buffer)) { ERREXIT(info, JERR_FILE_WRITE); }
}

static int starts_with(jpeg_saved_marker_ptr marker, const char *name, size_t length) {
    return marker->data_length >= length && !memcmp(marker->data, name, length);
}

// libjpeg writes JFIF's and Adobe's itself.
static void copy_segments(j_decompress_ptr from, j_compress_ptr to) {
    for (jpeg_saved_marker_ptr marker = from->marker_list; marker; marker = marker->next) {
        if (to->write_JFIF_header && marker->marker == JPEG_APP0 && starts_with(marker, "JFIF", 5)) { continue; }
        if (to->write_Adobe_marker && marker->marker == JPEG_APP0 + 14 && starts_with(marker, "Adobe", 5)) { continue; }
        jpeg_write_marker(to, marker->marker, marker->data, marker->data_length);
    }
}

typedef struct {
    errors errors;
    input input;
    output output;
    struct jpeg_decompress_struct from;
    struct jpeg_compress_struct to;
} repack;

static int run(repack *self) {
    if (setjmp(self->errors.end)) { return self->output.has_failed ? -1 : 1; }
    jpeg_create_decompress(&self->from);
    jpeg_create_compress(&self->to);
    self->from.src = &self->input.manager;
    self->to.dest = &self->output.manager;
    for (int number = 0; number < 16; number++) { jpeg_save_markers(&self->from, JPEG_APP0 + number, 0xFFFF); }
    jpeg_save_markers(&self->from, JPEG_COM, 0xFFFF);
    jpeg_read_header(&self->from, TRUE);
    jvirt_barray_ptr *coefficients = jpeg_read_coefficients(&self->from);
    jpeg_copy_critical_parameters(&self->from, &self->to);
    self->to.optimize_coding = TRUE;
    jpeg_simple_progression(&self->to);
    jpeg_write_coefficients(&self->to, coefficients);
    copy_segments(&self->from, &self->to);
    jpeg_finish_compress(&self->to);
    jpeg_finish_decompress(&self->from);
    return self->errors.has_warned ? 1 : 0;
}

int sluice_repack_jpeg(int in, int out, char *message, size_t length) {
    repack *self = calloc(1, sizeof *self);
    if (!self) {
        snprintf(message, length, "out of memory");
        return 1;
    }
    self->from.err = self->to.err = jpeg_std_error(&self->errors.manager);
    self->errors.manager.error_exit = fail;
    self->errors.manager.emit_message = note;
    self->input.file = in;
    self->input.manager = (struct jpeg_source_mgr) {
        .init_source = begin_input, .fill_input_buffer = fill, .skip_input_data = skip,
        .resync_to_restart = jpeg_resync_to_restart, .term_source = end_input};
    self->output.file = out;
    self->output.manager = (struct jpeg_destination_mgr) {
        .init_destination = begin_output, .empty_output_buffer = flush, .term_destination = end_output};
    int result = run(self);
    snprintf(message, length, "%s", self->errors.message);
    jpeg_destroy_compress(&self->to);
    jpeg_destroy_decompress(&self->from);
    free(self);
    return result;
}
