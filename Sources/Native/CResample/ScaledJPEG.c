// A JPEG, resampled plane by plane.
#include "CResample.h"

#include <vips/vips.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "JPEGPlanes.h"
#include "CLines.h"
#include "Scaler.h"

// Planes of one size: Y alone, and Cb and Cr together; or all three.
typedef struct {
    // The first of them, and how many.
    int first, count;
    sluice_jpeg_plane size;
    sluice_scaler scaler;
    // Lines that wait until they are enough: libjpeg makes fewer at a time where it shrinks. `stride` bytes each.
    int waiting;
    size_t stride;
    unsigned char *lines[SLUICE_JPEG_PLANES];
} plane_maker;

typedef struct {
    sluice_jpeg *jpeg;
    // Planes, and their makers.
    int planes, count;
    plane_maker makers[SLUICE_JPEG_PLANES];
} jpeg_maker;

static int least(int a, int b) { return a < b ? a : b; }

static bool is_read(const plane_maker *maker) { return maker->scaler.next >= maker->size.height; }

static int add(plane_maker *maker, const sluice_lines_in *lines) {
    if (!sluice_scaler_add(&maker->scaler, lines)) return 0;
    vips_error("resample", "lines were not taken");
    return -1;
}

static unsigned char *waiting_line(const plane_maker *maker, int plane, int line) {
    return maker->lines[plane] + (size_t) line * maker->stride;
}

// What waits is enough, or all there is.
static int add_waiting(plane_maker *maker) {
    sluice_lines_in lines = {.step = 1, .sample_bytes = 1};
    for (int plane = 0; plane < maker->count; plane++)
        for (int line = 0; line < maker->scaler.height; line++)
            lines.lines[plane][line] = waiting_line(maker, plane, least(line, maker->waiting - 1));
    maker->waiting = 0;
    return add(maker, &lines);
}

static int add_line(const jpeg_maker *self, plane_maker *maker, int line) {
    for (int plane = 0; plane < maker->count; plane++)
        memcpy(
            waiting_line(maker, plane, maker->waiting), sluice_jpeg_line(self->jpeg, maker->first + plane, line),
            maker->size.width);
    maker->waiting++;
    bool is_last = maker->scaler.next + maker->waiting >= maker->size.height;
    return maker->waiting == maker->scaler.height || is_last ? add_waiting(maker) : 0;
}

// All lines of a step of libjpeg's, from where they lie when they are enough at once.
static int add_lines(const jpeg_maker *self, plane_maker *maker) {
    int line = 0, height = maker->scaler.height, result = 0;
    while (result == 0 && line < maker->size.step && !is_read(maker)) {
        if (maker->waiting > 0 || maker->size.step - line < height) {
            result = add_line(self, maker, line++);
            continue;
        }
        sluice_lines_in lines = {.step = 1, .sample_bytes = 1};
        for (int plane = 0; plane < maker->count; plane++)
            for (int index = 0; index < height; index++)
                lines.lines[plane][index] = sluice_jpeg_line(self->jpeg, maker->first + plane, line + index);
        line += height;
        result = add(maker, &lines);
    }
    return result;
}

static bool has_line(const jpeg_maker *self) {
    for (int index = 0; index < self->count; index++) {
        const sluice_scaler *scaler = &self->makers[index].scaler;
        if (!sluice_scaler_has(scaler, scaler->taken)) return false;
    }
    return true;
}

static void put_line(jpeg_maker *self, sluice_lines *lines) {
    float *planes[SLUICE_JPEG_PLANES];
    for (int index = 0; index < self->count; index++) {
        plane_maker *maker = &self->makers[index];
        for (int plane = 0; plane < maker->count; plane++)
            planes[maker->first + plane] = sluice_scaler_line(&maker->scaler, plane, maker->scaler.taken);
        maker->scaler.taken++;
    }
    int width = self->makers[0].scaler.across.output;
    if (self->planes == 3) sluice_colour(planes, width);
    sluice_narrow(planes, width, self->planes, 1, false, NULL, sluice_lines_add(lines));
}

static int advance(void *maker, sluice_lines *lines, VipsRegion *input) {
    jpeg_maker *self = maker;
    while (!has_line(self)) {
        if (sluice_jpeg_read(self->jpeg)) return -1;
        for (int index = 0; index < self->count; index++)
            if (add_lines(self, &self->makers[index])) return -1;
    }
    put_line(self, lines);
    return 0;
}

static void release(void *maker) {
    jpeg_maker *self = maker;
    for (int index = 0; index < self->count; index++) {
        sluice_scaler_free(&self->makers[index].scaler);
        for (int plane = 0; plane < SLUICE_JPEG_PLANES; plane++) free(self->makers[index].lines[plane]);
    }
    sluice_jpeg_close(self->jpeg);
    g_free(self);
}

static bool is_same(const sluice_jpeg_plane *a, const sluice_jpeg_plane *b) {
    return a->width == b->width && a->height == b->height && a->share_across == b->share_across
        && a->share_down == b->share_down && a->step == b->step;
}

static void group_planes(jpeg_maker *self) {
    for (int plane = 0; plane < self->planes; plane++) {
        sluice_jpeg_plane size = sluice_jpeg_plane_at(self->jpeg, plane);
        if (plane > 0 && is_same(&size, &self->makers[self->count - 1].size)) {
            self->makers[self->count - 1].count++;
        } else {
            self->makers[self->count++] = (plane_maker) {.first = plane, .count = 1, .size = size};
        }
    }
}

// Lines of the result that one plane may have finished while another's are not: planes of less resolution reach
// further, and come in larger steps.
static int slack(const jpeg_maker *self, double vertical) {
    double lines = 0;
    for (int index = 0; index < self->count; index++) {
        const sluice_jpeg_plane *size = &self->makers[index].size;
        lines = fmax(lines, (2 * SLUICE_GROUP + 4 + size->step) * size->share_down);
    }
    return (int) ceil(lines / vertical) + 2;
}

static int reserve(jpeg_maker *self, int width, int height, const sluice_resampling *how) {
    int room = slack(self, how->vertical);
    for (int index = 0; index < self->count; index++) {
        plane_maker *maker = &self->makers[index];
        const sluice_jpeg_plane *size = &maker->size;
        sluice_axis_size across = {width, size->share_across, size->width, how->width, how->horizontal};
        sluice_axis_size down = {height, size->share_down, size->height, how->height, how->vertical};
        bool has_room = !sluice_scaler_init(&maker->scaler, maker->count, across, down, room);
        maker->stride = size->width;
        for (int plane = 0; plane < maker->count; plane++) {
            maker->lines[plane] = malloc(maker->stride * maker->scaler.height);
            has_room &= maker->lines[plane] != NULL;
        }
        if (!has_room) {
            vips_error("resample", "out of memory");
            return -1;
        }
    }
    return 0;
}

// libvips leaves out what a shrink has made of less than a whole pixel.
static bool is_size(int loaded, int decoded) { return loaded == decoded || loaded == decoded - 1; }

int sluice_scaled_jpeg(
    VipsSource *source, VipsImage *loaded, VipsImage **out, sluice_resampling how, int shrink, int fail_on) {
    *out = NULL;
    if (how.width < 1 || how.height < 1 || !(how.horizontal >= 1) || !(how.vertical >= 1)) {
        vips_error("resample", "this picture cannot be resampled so");
        return -1;
    }
    jpeg_maker *self = g_new0(jpeg_maker, 1);
    self->jpeg = sluice_jpeg_open(
        source, shrink, fail_on < VIPS_FAIL_ON_TRUNCATED, fail_on >= VIPS_FAIL_ON_WARNING, how.reads_ahead);
    if (!self->jpeg) {
        release(self);
        return -1;
    }
    self->planes = sluice_jpeg_planes(self->jpeg);
    if (self->planes == 0 || self->planes != loaded->Bands || !is_size(loaded->Xsize, sluice_jpeg_width(self->jpeg))
        || !is_size(loaded->Ysize, sluice_jpeg_height(self->jpeg))) {
        release(self);
        return 0;
    }
    group_planes(self);
    if (reserve(self, loaded->Xsize, loaded->Ysize, &how)) {
        release(self);
        return -1;
    }
    return sluice_lines_image(
        loaded, NULL, out, how.width, how.height, how.kept_lines > 1 ? how.kept_lines : 1,
        (sluice_line_maker) {advance, NULL, release}, self);
}
