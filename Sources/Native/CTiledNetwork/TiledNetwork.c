// A row of tiles at a time, from the top.
#include "CTiledNetwork.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vips/vips.h>

#include "CLines.h"
#include "Tile.h"

// Lines of the input that are asked for at once: decoders make 8 or 16. And lines that are handed on at once.
#define STRIP 16

typedef struct {
    VipsImage *in;
    sluice_tiled_network how;
    sluice_tile tile;
    void *owner;
    void (*release)(void *owner);
    size_t line_bytes;
    // The line to hand on next, and those of the last row of tiles.
    int next, made_top, made_end;
    unsigned char *made;
    // Lines of the input that are held: as many as a tile has, at most.
    int held_top, held_end;
    unsigned char *held;
    // Lines of the input before this one were asked for.
    int passed;
    // That the network took.
    double seconds;
} denoiser;

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }

// Lines that a part further down has skipped: an input that is read in order keeps all that is skipped at once, so they
// are asked for strip by strip.
static int pass(denoiser *self, VipsRegion *input, int line) {
    for (; self->passed < line; self->passed += STRIP) {
        VipsRect strip = {0, self->passed, 1, least(self->in->Ysize - self->passed, STRIP)};
        if (vips_region_prepare(input, &strip)) return -1;
    }
    return 0;
}

// Lines from `top` up to `end` are held then; those that are held already are kept.
static int hold(denoiser *self, VipsRegion *input, int top, int end) {
    if (top < self->held_top || top >= self->held_end) {
        self->held_top = self->held_end = top;
    } else {
        size_t gone = (size_t) (top - self->held_top) * self->line_bytes;
        memmove(self->held, self->held + gone, (size_t) (self->held_end - top) * self->line_bytes);
        self->held_top = top;
    }
    if (pass(self, input, self->held_end / STRIP * STRIP)) return -1;
    while (self->held_end < end) {
        VipsRect strip = {0, self->held_end, self->in->Xsize, 0};
        strip.height = least(end, (self->held_end / STRIP + 1) * STRIP) - self->held_end;
        if (vips_region_prepare(input, &strip)) return -1;
        for (int line = 0; line < strip.height; line++, self->held_end++)
            memcpy(
                self->held + (size_t) (self->held_end - top) * self->line_bytes,
                VIPS_REGION_ADDR(input, 0, strip.top + line), self->line_bytes);
    }
    self->passed = most(self->passed, end);
    return 0;
}

static double thread_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

static int make(denoiser *self, VipsRegion *input) {
    int inner_height = self->how.tile_height - 2 * self->how.overlap;
    int inner_width = self->how.tile_width - 2 * self->how.overlap;
    int top = self->next / inner_height * inner_height, end = least(top + inner_height, self->in->Ysize);
    int seen_top = most(top - self->how.overlap, 0), seen_end = least(end + self->how.overlap, self->in->Ysize);
    if (hold(self, input, seen_top, seen_end)) return -1;
    sluice_lines_seen seen = {
        .lines = self->held,
        .line_bytes = self->line_bytes,
        .width = self->in->Xsize,
        .height = seen_end - seen_top,
        .bands = self->in->Bands,
        .sample_bytes = self->in->BandFmt == VIPS_FORMAT_UCHAR ? 1 : 2};
    self->made_top = self->made_end = top;
    double begun = thread_seconds();
    for (int left = 0; left < self->in->Xsize; left += inner_width) {
        sluice_tile_place place = {left, top - seen_top, least(inner_width, self->in->Xsize - left), end - top};
        if (sluice_tile_run(&self->tile, &self->how, &seen, place, self->made)) return -1;
    }
    self->made_end = end;
    self->seconds += thread_seconds() - begun;
    return 0;
}

static int advance(void *maker, sluice_lines *lines, VipsRegion *input) {
    denoiser *self = maker;
    if (self->next < self->made_top || self->next >= self->made_end)
        if (make(self, input)) return -1;
    for (int count = 0; count < STRIP && self->next < self->made_end; count++, self->next++)
        memcpy(
            sluice_lines_add(lines), self->made + (size_t) (self->next - self->made_top) * self->line_bytes,
            self->line_bytes);
    return 0;
}

// The grid lies where it lies, wherever one begins.
static void seek(void *maker, int line) { ((denoiser *) maker)->next = line; }

static void release(void *maker) {
    denoiser *self = maker;
    sluice_tile_free(&self->tile);
    free(self->made);
    free(self->held);
    g_free((char *) self->how.input);
    g_free((char *) self->how.output);
    g_free((char *) self->how.sigma);
    g_clear_object(&self->in);
    self->release(self->owner);
    g_free(self);
}

static int is_possible(const VipsImage *in, const sluice_tiled_network *how) {
    return in->Coding == VIPS_CODING_NONE && (in->Bands == 1 || in->Bands == 3)
        && (in->BandFmt == VIPS_FORMAT_UCHAR || in->BandFmt == VIPS_FORMAT_USHORT)
        && (how->channels == 1 || how->channels == 3) && how->overlap >= 0 && how->tile_width > 2 * how->overlap
        && how->tile_height > 2 * how->overlap;
}

int sluice_denoise_by_network(
    VipsImage *in, VipsImage **out, const sluice_tiled_network *how, void *owner, void (*release_owner)(void *)) {
    denoiser *self = g_new0(denoiser, 1);
    self->in = g_object_ref(in);
    self->how = *how;
    self->how.input = g_strdup(how->input);
    self->how.output = g_strdup(how->output);
    self->how.sigma = g_strdup(how->sigma);
    self->owner = owner;
    self->release = release_owner;
    self->line_bytes = VIPS_IMAGE_SIZEOF_LINE(in);
    if (!is_possible(in, how)) {
        vips_error("denoise", "a network cannot denoise this picture");
        release(self);
        return -1;
    }
    size_t lines = (size_t) least(how->tile_height, in->Ysize);
    self->held = malloc(lines * self->line_bytes);
    self->made = malloc(lines * self->line_bytes);
    if (!self->held || !self->made || sluice_tile_init(&self->tile, &self->how)) {
        vips_error("denoise", "out of memory");
        release(self);
        return -1;
    }
    if (sluice_lines_image(
            in, in, out, in->Xsize, in->Ysize, 4 * STRIP, (sluice_line_maker) {advance, seek, release}, self))
        return -1;
    g_object_set_data(G_OBJECT(*out), "sluice-network", self);
    return 0;
}

double sluice_network_seconds(VipsImage *denoised) {
    denoiser *self = g_object_get_data(G_OBJECT(denoised), "sluice-network");
    return self ? self->seconds : 0;
}
