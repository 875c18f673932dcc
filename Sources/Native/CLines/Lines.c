#include "CLines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Lines requested at once by callers that need no neighbouring lines.
#define STRIP 16

struct sluice_lines {
    sluice_line_maker type;
    void *maker;
    VipsImage *like, *input;
    size_t line_bytes;
    // Lines of the image, and how many are kept for those who ask for a strip at a time.
    int height, least_room;
    // Guarded, with everything that follows, by the lock.
    GMutex lock;
    // What makes the lines is not asked again once it has failed: a decoder would go on somewhere.
    bool has_failed;
    // Lines from `begun` up to `done` were made; the last `room` of them are kept.
    int begun, done, room;
    unsigned char *kept;
};

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }

static void release(gpointer data) {
    sluice_lines *self = data;
    self->type.free(self->maker);
    free(self->kept);
    g_mutex_clear(&self->lock);
    g_clear_object(&self->like);
    g_clear_object(&self->input);
    g_free(self);
}

static unsigned char *line_at(const sluice_lines *self, int line) {
    return self->kept + (size_t) (line % self->room) * self->line_bytes;
}

unsigned char *sluice_lines_add(sluice_lines *self) { return line_at(self, self->done++); }

int sluice_lines_done(const sluice_lines *self) { return self->done; }

// Filters ask for the lines around those that they make, and for most of them again with the next ones: what is asked
// for at once is kept too, as libvips' own line cache does.
static int make_room(sluice_lines *self, int wanted) {
    int room = least(self->height, self->least_room + most(wanted - STRIP, 0)), oldest = self->done - self->room;
    if (room <= self->room) return 0;
    unsigned char *kept = malloc((size_t) room * self->line_bytes);
    if (!kept) {
        vips_error("lines", "out of memory");
        return -1;
    }
    self->begun = most(self->begun, oldest);
    for (int line = self->begun; line < self->done; line++)
        memcpy(kept + (size_t) (line % room) * self->line_bytes, line_at(self, line), self->line_bytes);
    free(self->kept);
    self->kept = kept;
    self->room = room;
    return 0;
}

static int advance(sluice_lines *self, VipsRegion *input) {
    if (self->has_failed) {
        vips_error("lines", "reading has failed before");
        return -1;
    }
    self->has_failed = self->type.advance(self->maker, self, input) != 0;
    return self->has_failed ? -1 : 0;
}

// A line that is neither kept nor near is begun at.
static int reach(sluice_lines *self, int line) {
    int is_gone = line < most(self->begun, self->done - self->room);
    int is_ahead = line > self->done + self->room;
    if (is_gone && !self->type.seek) {
        vips_error("lines", "out of order read -- at line %d, but line %d is wanted", self->done, line);
        return -1;
    }
    if ((is_gone || is_ahead) && self->type.seek) {
        self->type.seek(self->maker, line);
        self->begun = self->done = line;
    }
    return 0;
}

static int generate(VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop) {
    sluice_lines *self = b;
    VipsRect *wanted = &out->valid;
    size_t pixel = VIPS_IMAGE_SIZEOF_PEL(out->im);
    g_mutex_lock(&self->lock);
    int result = make_room(self, wanted->height);
    for (int line = wanted->top; line < VIPS_RECT_BOTTOM(wanted) && result == 0; line++) {
        result = reach(self, line);
        while (result == 0 && self->done <= line) result = advance(self, sequence);
        if (result == 0)
            memcpy(
                VIPS_REGION_ADDR(out, wanted->left, line), line_at(self, line) + wanted->left * pixel,
                wanted->width * pixel);
    }
    g_mutex_unlock(&self->lock);
    return result;
}

static void *start(VipsImage *out, void *a, void *b) { return a ? vips_start_one(out, a, b) : b; }

static int stop(void *sequence, void *a, void *b) { return a ? vips_stop_one(sequence, a, b) : 0; }

int sluice_lines_image(
    VipsImage *like, VipsImage *input, VipsImage **out, int width, int height, int kept, sluice_line_maker type,
    void *maker) {
    sluice_lines *self = g_new0(sluice_lines, 1);
    self->type = type;
    self->maker = maker;
    self->like = g_object_ref(like);
    self->input = input ? g_object_ref(input) : NULL;
    self->line_bytes = VIPS_IMAGE_SIZEOF_PEL(like) * width;
    self->height = height;
    g_mutex_init(&self->lock);
    VipsImage *result = vips_image_new();
    // What belongs to the image goes with it.
    g_object_set_data_full(G_OBJECT(result), "sluice-lines", self, release);
    // All that one call of `advance` makes has to have room, and what libvips' threads may be apart: two buffers of a
    // sink.
    int tile_width, tile_height, buffer;
    vips_get_tile_size(result, &tile_width, &tile_height, &buffer);
    self->least_room = most(kept, 2 * buffer);
    self->room = least(self->least_room, height);
    self->kept = malloc((size_t) self->room * self->line_bytes);
    if (!self->kept) {
        vips_error("lines", "out of memory");
    } else if (!vips_image_pipelinev(result, VIPS_DEMAND_STYLE_THINSTRIP, like, NULL)) {
        result->Xsize = width;
        result->Ysize = height;
        result->Xres = like->Xres * width / like->Xsize;
        result->Yres = like->Yres * height / like->Ysize;
        if (!vips_image_generate(result, start, generate, stop, input, self)) {
            *out = result;
            return 0;
        }
    }
    g_object_unref(result);
    return -1;
}
