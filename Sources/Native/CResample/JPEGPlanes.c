#include "JPEGPlanes.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
// After it.
#include <jerror.h>

#define BUFFER 32768
// Steps of libjpeg's that are kept at most: the one that is looked at, and those ahead of it.
#define MOST_STEPS 4
// libjpeg has a fast way through Huffman codes while there is more than a few kilobytes in the buffer, and minds no code
// there. Where it shall, it is given as much at a time as libvips gives it.
#define SMALL_BUFFER 4096
// With as many, libvips gives a file up.
#define MOST_WARNINGS 100

struct sluice_jpeg {
    struct jpeg_decompress_struct decoder;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    jmp_buf failed;
    bool is_tolerant, stops_at_warnings, has_started;
    VipsSource *input;
    JOCTET buffer[BUFFER];
    // By step, modulo `steps`, and plane: lines in a block of their own.
    int steps;
    unsigned char *pixels[MOST_STEPS][SLUICE_JPEG_PLANES];
    JSAMPROW *lines[MOST_STEPS][SLUICE_JPEG_PLANES];
    // Steps that were looked at. With a thread, what follows is guarded by the lock: steps that were read, whether
    // no more will come, and whether none is wanted.
    int taken;
    GThread *thread;
    GMutex lock;
    GCond changed;
    int read;
    bool is_over, is_stopped;
};

// MARK: Errors

static void say(j_common_ptr decoder) {
    char message[JMSG_LENGTH_MAX];
    (*decoder->err->format_message)(decoder, message);
    vips_error("VipsJpeg", "%s", message);
}

static void fail(j_common_ptr decoder) {
    sluice_jpeg *self = decoder->client_data;
    say(decoder);
    longjmp(self->failed, 1);
}

static void warn(j_common_ptr decoder, int level) {
    sluice_jpeg *self = decoder->client_data;
    if (level >= 0) return;
    long count = ++decoder->err->num_warnings;
    if (self->stops_at_warnings || count >= MOST_WARNINGS) fail(decoder);
}

// MARK: Source

static void begin_source(j_decompress_ptr decoder) {}

static boolean fill(j_decompress_ptr decoder) {
    sluice_jpeg *self = decoder->client_data;
    gint64 count = vips_source_read(self->input, self->buffer, self->stops_at_warnings ? SMALL_BUFFER : BUFFER);
    // It says why.
    if (count < 0) longjmp(self->failed, 1);
    if (count == 0) {
        if (!self->is_tolerant) ERREXIT(decoder, JERR_INPUT_EOF);
        WARNMS(decoder, JWRN_JPEG_EOF);
        self->buffer[0] = 0xFF;
        self->buffer[1] = JPEG_EOI;
        count = 2;
    }
    self->source.next_input_byte = self->buffer;
    self->source.bytes_in_buffer = count;
    return TRUE;
}

static void skip(j_decompress_ptr decoder, long count) {
    sluice_jpeg *self = decoder->client_data;
    while (count > (long) self->source.bytes_in_buffer) {
        count -= self->source.bytes_in_buffer;
        fill(decoder);
    }
    if (count <= 0) return;
    self->source.next_input_byte += count;
    self->source.bytes_in_buffer -= count;
}

static void end_source(j_decompress_ptr decoder) {}

// MARK: Opening

sluice_jpeg *sluice_jpeg_open(
    VipsSource *input, int shrink, bool is_tolerant, bool stops_at_warnings, bool reads_ahead) {
    if (vips_source_rewind(input)) return NULL;
    sluice_jpeg *self = calloc(1, sizeof(*self));
    if (!self) {
        vips_error("VipsJpeg", "out of memory");
        return NULL;
    }
    self->input = g_object_ref(input);
    self->steps = reads_ahead ? MOST_STEPS : 1;
    g_mutex_init(&self->lock);
    g_cond_init(&self->changed);
    self->is_tolerant = is_tolerant;
    self->stops_at_warnings = stops_at_warnings;
    self->decoder.err = jpeg_std_error(&self->errors);
    self->errors.error_exit = fail;
    self->errors.emit_message = warn;
    self->errors.output_message = say;
    self->decoder.client_data = self;
    if (setjmp(self->failed)) {
        sluice_jpeg_close(self);
        return NULL;
    }
    jpeg_create_decompress(&self->decoder);
    self->source = (struct jpeg_source_mgr) {
        .init_source = begin_source, .fill_input_buffer = fill, .skip_input_data = skip,
        .resync_to_restart = jpeg_resync_to_restart, .term_source = end_source};
    self->decoder.src = &self->source;
    jpeg_read_header(&self->decoder, TRUE);
    self->decoder.scale_num = 1;
    self->decoder.scale_denom = shrink;
    self->decoder.raw_data_out = TRUE;
    self->decoder.out_color_space = self->decoder.jpeg_color_space;
    jpeg_calc_output_dimensions(&self->decoder);
    return self;
}

void sluice_jpeg_close(sluice_jpeg *self) {
    if (!self) return;
    if (self->thread) {
        g_mutex_lock(&self->lock);
        self->is_stopped = true;
        g_cond_broadcast(&self->changed);
        g_mutex_unlock(&self->lock);
        g_thread_join(self->thread);
    }
    if (!setjmp(self->failed)) jpeg_destroy_decompress(&self->decoder);
    for (int step = 0; step < MOST_STEPS; step++) {
        for (int plane = 0; plane < SLUICE_JPEG_PLANES; plane++) {
            free(self->pixels[step][plane]);
            free(self->lines[step][plane]);
        }
    }
    g_cond_clear(&self->changed);
    g_mutex_clear(&self->lock);
    g_object_unref(self->input);
    free(self);
}

static bool is_whole_or_half(int part, int whole) { return part > 0 && (part == whole || part * 2 == whole); }

int sluice_jpeg_planes(const sluice_jpeg *self) {
    const struct jpeg_decompress_struct *decoder = &self->decoder;
    bool is_grey = decoder->jpeg_color_space == JCS_GRAYSCALE && decoder->num_components == 1;
    bool is_colour = decoder->jpeg_color_space == JCS_YCbCr && decoder->num_components == 3;
    if ((!is_grey && !is_colour) || decoder->data_precision != 8) return 0;
    for (int plane = 0; plane < decoder->num_components; plane++) {
        const jpeg_component_info *component = &decoder->comp_info[plane];
        if (!is_whole_or_half(component->h_samp_factor, decoder->max_h_samp_factor)
            || !is_whole_or_half(component->v_samp_factor, decoder->max_v_samp_factor))
            return 0;
    }
    return decoder->num_components;
}

int sluice_jpeg_width(const sluice_jpeg *self) { return self->decoder.output_width; }
int sluice_jpeg_height(const sluice_jpeg *self) { return self->decoder.output_height; }

// Lines that a component makes for a row of blocks: libjpeg scales those of less resolution less.
static int lines_of(const jpeg_component_info *component) {
    return component->v_samp_factor * component->DCT_scaled_size;
}

sluice_jpeg_plane sluice_jpeg_plane_at(const sluice_jpeg *self, int plane) {
    const struct jpeg_decompress_struct *decoder = &self->decoder;
    const jpeg_component_info *component = &decoder->comp_info[plane];
    int across = component->h_samp_factor * component->DCT_scaled_size;
    int whole_across = decoder->max_h_samp_factor * decoder->min_DCT_scaled_size;
    int whole_down = decoder->max_v_samp_factor * decoder->min_DCT_scaled_size;
    return (sluice_jpeg_plane) {
        .width = component->downsampled_width,
        .height = component->downsampled_height,
        .share_across = whole_across / across,
        .share_down = whole_down / lines_of(component),
        .step = lines_of(component)};
}

// MARK: Reading

static bool reserve_lines(sluice_jpeg *self, int step, int plane) {
    const jpeg_component_info *component = &self->decoder.comp_info[plane];
    size_t width = (size_t) component->width_in_blocks * component->DCT_scaled_size;
    int count = lines_of(component);
    // Blocks fill whole units of all planes.
    width += (size_t) component->MCU_width * component->DCT_scaled_size;
    unsigned char *pixels = self->pixels[step][plane] = calloc(count, width);
    JSAMPROW *lines = self->lines[step][plane] = calloc(count, sizeof(JSAMPROW));
    if (!pixels || !lines) return false;
    for (int line = 0; line < count; line++) lines[line] = pixels + line * width;
    return true;
}

static int start_decoder(sluice_jpeg *self) {
    // From now on it cannot be rewound.
    if (vips_source_decode(self->input)) return -1;
    jpeg_start_decompress(&self->decoder);
    for (int step = 0; step < self->steps; step++) {
        for (int plane = 0; plane < self->decoder.num_components; plane++) {
            if (reserve_lines(self, step, plane)) continue;
            vips_error("VipsJpeg", "out of memory");
            return -1;
        }
    }
    self->has_started = true;
    return 0;
}

static int decode(sluice_jpeg *self, int step) {
    struct jpeg_decompress_struct *decoder = &self->decoder;
    if (setjmp(self->failed)) return -1;
    if (!self->has_started && start_decoder(self)) return -1;
    int count = decoder->max_v_samp_factor * decoder->min_DCT_scaled_size;
    jpeg_read_raw_data(decoder, self->lines[step % self->steps], count);
    return 0;
}

static void *decode_ahead(void *data) {
    sluice_jpeg *self = data;
    int height = self->decoder.output_height;
    bool is_over = false;
    for (int step = 0; !is_over; step++) {
        g_mutex_lock(&self->lock);
        while (!self->is_stopped && step - self->taken >= self->steps - 1) g_cond_wait(&self->changed, &self->lock);
        is_over = self->is_stopped;
        g_mutex_unlock(&self->lock);
        if (is_over) break;
        int result = decode(self, step);
        g_mutex_lock(&self->lock);
        if (result == 0) self->read++;
        is_over = result != 0 || (int) self->decoder.output_scanline >= height;
        self->is_over = is_over;
        g_cond_broadcast(&self->changed);
        g_mutex_unlock(&self->lock);
    }
    // What libvips keeps for a thread.
    vips_thread_shutdown();
    return NULL;
}

static int take(sluice_jpeg *self) {
    if (!self->thread) self->thread = g_thread_try_new("jpeg", decode_ahead, self, NULL);
    if (!self->thread) {
        vips_error("VipsJpeg", "a thread cannot be started");
        return -1;
    }
    g_mutex_lock(&self->lock);
    while (self->read <= self->taken && !self->is_over) g_cond_wait(&self->changed, &self->lock);
    bool is_there = self->read > self->taken;
    if (is_there) self->taken++;
    g_cond_broadcast(&self->changed);
    g_mutex_unlock(&self->lock);
    return is_there ? 0 : -1;
}

int sluice_jpeg_read(sluice_jpeg *self) {
    if (self->steps > 1) return take(self);
    if (self->has_started && self->decoder.output_scanline >= self->decoder.output_height) {
        vips_error("VipsJpeg", "read past the end of the picture");
        return -1;
    }
    if (decode(self, self->taken)) return -1;
    self->taken++;
    return 0;
}

const unsigned char *sluice_jpeg_line(const sluice_jpeg *self, int plane, int line) {
    return self->lines[(self->taken - 1) % self->steps][plane][line];
}
