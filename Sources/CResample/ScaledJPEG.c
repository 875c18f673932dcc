// A JPEG, resampled plane by plane.
#include "CResample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "JPEGPlanes.h"
#include "Lines.h"
#include "Scaler.h"

typedef struct {
    sluice_jpeg_plane size;
    sluice_scaler scaler;
    // Lines that wait until they are a group: libjpeg makes fewer at a time where it shrinks. `stride` bytes each.
    int waiting;
    size_t stride;
    unsigned char *lines;
} plane_maker;

typedef struct {
    sluice_jpeg *jpeg;
    int count;
    plane_maker planes[SLUICE_JPEG_PLANES];
} jpeg_maker;

static int least(int a, int b) { return a < b ? a : b; }

static bool is_read(const plane_maker *plane) { return plane->scaler.next >= plane->size.height; }

static int add_group(plane_maker *plane, const unsigned char *const lines[SLUICE_GROUP]) {
    sluice_group group = {.step = 1, .sample_bytes = 1, .width = plane->size.width};
    for (int line = 0; line < SLUICE_GROUP; line++) group.lines[0][line] = lines[line];
    if (!sluice_scaler_add(&plane->scaler, &group)) return 0;
    vips_error("resample", "lines were not taken");
    return -1;
}

static unsigned char *waiting_line(const plane_maker *plane, int line) {
    return plane->lines + (size_t) least(line, plane->waiting - 1) * plane->stride;
}

// What waits is a group, or all there is.
static int add_waiting(plane_maker *plane) {
    const unsigned char *lines[SLUICE_GROUP];
    for (int line = 0; line < SLUICE_GROUP; line++) lines[line] = waiting_line(plane, line);
    plane->waiting = 0;
    return add_group(plane, lines);
}

static int add_lines(const jpeg_maker *self, plane_maker *plane, int number) {
    int line = 0, result = 0;
    while (result == 0 && line < plane->size.step && !is_read(plane)) {
        if (plane->waiting == 0 && plane->size.step - line >= SLUICE_GROUP) {
            const unsigned char *lines[SLUICE_GROUP];
            for (int index = 0; index < SLUICE_GROUP; index++)
                lines[index] = sluice_jpeg_line(self->jpeg, number, line + index);
            line += SLUICE_GROUP;
            result = add_group(plane, lines);
            continue;
        }
        plane->waiting++;
        memcpy(
            waiting_line(plane, plane->waiting - 1), sluice_jpeg_line(self->jpeg, number, line++), plane->size.width);
        bool is_last = plane->scaler.next + plane->waiting >= plane->size.height;
        if (plane->waiting == SLUICE_GROUP || is_last) result = add_waiting(plane);
    }
    return result;
}

static bool has_line(const jpeg_maker *self) {
    for (int index = 0; index < self->count; index++) {
        const sluice_scaler *scaler = &self->planes[index].scaler;
        if (!sluice_scaler_has(scaler, scaler->taken)) return false;
    }
    return true;
}

static void put_line(jpeg_maker *self, sluice_lines *lines) {
    float *planes[SLUICE_JPEG_PLANES];
    for (int index = 0; index < self->count; index++) {
        sluice_scaler *scaler = &self->planes[index].scaler;
        planes[index] = sluice_scaler_line(scaler, 0, scaler->taken++);
    }
    int width = self->planes[0].scaler.across.output;
    if (self->count == 3) sluice_colour(planes, width);
    sluice_narrow(planes, width, self->count, 1, false, sluice_lines_add(lines));
}

static int advance(void *maker, sluice_lines *lines, VipsRegion *input) {
    jpeg_maker *self = maker;
    while (!has_line(self)) {
        if (sluice_jpeg_read(self->jpeg)) return -1;
        for (int index = 0; index < self->count; index++)
            if (add_lines(self, &self->planes[index], index)) return -1;
    }
    put_line(self, lines);
    return 0;
}

static void release(void *maker) {
    jpeg_maker *self = maker;
    for (int index = 0; index < self->count; index++) {
        sluice_scaler_free(&self->planes[index].scaler);
        free(self->planes[index].lines);
    }
    sluice_jpeg_close(self->jpeg);
    g_free(self);
}

// Lines of the result that one plane may have finished while another's are not: planes of less resolution reach
// further, and come in larger groups.
static int slack(const jpeg_maker *self, double vertical) {
    double lines = 0;
    for (int index = 0; index < self->count; index++) {
        const sluice_jpeg_plane *size = &self->planes[index].size;
        lines = fmax(lines, (SLUICE_GROUP + 4 + size->step) * size->share_down);
    }
    return (int) ceil(lines / vertical) + 2;
}

static int reserve(jpeg_maker *self, const sluice_resampling *how) {
    int width = sluice_jpeg_width(self->jpeg), height = sluice_jpeg_height(self->jpeg);
    for (int index = 0; index < self->count; index++)
        self->planes[index].size = sluice_jpeg_plane_at(self->jpeg, index);
    int room = slack(self, how->vertical);
    for (int index = 0; index < self->count; index++) {
        plane_maker *plane = &self->planes[index];
        const sluice_jpeg_plane *size = &plane->size;
        plane->stride = size->width;
        plane->lines = malloc(plane->stride * SLUICE_GROUP);
        sluice_axis_size across = {width, size->share_across, size->width, how->width, how->horizontal};
        sluice_axis_size down = {height, size->share_down, size->height, how->height, how->vertical};
        if (sluice_scaler_init(&plane->scaler, 1, across, down, room) || !plane->lines) {
            vips_error("resample", "out of memory");
            return -1;
        }
    }
    return 0;
}

int sluice_scaled_jpeg(
    VipsSource *source, VipsImage *loaded, VipsImage **out, sluice_resampling how, int shrink, int fail_on) {
    jpeg_maker *self = g_new0(jpeg_maker, 1);
    *out = NULL;
    self->jpeg = sluice_jpeg_open(source, shrink, fail_on < VIPS_FAIL_ON_TRUNCATED, fail_on >= VIPS_FAIL_ON_WARNING);
    if (!self->jpeg) {
        release(self);
        return -1;
    }
    self->count = sluice_jpeg_planes(self->jpeg);
    if (self->count == 0 || self->count != loaded->Bands || sluice_jpeg_width(self->jpeg) != loaded->Xsize
        || sluice_jpeg_height(self->jpeg) != loaded->Ysize) {
        release(self);
        return 0;
    }
    if (reserve(self, &how)) {
        release(self);
        return -1;
    }
    return sluice_lines_image(
        loaded, NULL, out, how.width, how.height, how.kept_lines > 1 ? how.kept_lines : 1,
        (sluice_line_maker) {advance, NULL, release}, self);
}
