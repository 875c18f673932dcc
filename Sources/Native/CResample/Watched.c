// A picture that streams by, and small versions of it that are gathered meanwhile.
#include "CLines.h"
#include "CResample.h"
#include "Means.h"

#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

#define STRIP 16
#define KEPT 64

static const char *const key = "sluice-watched";

typedef struct {
    size_t line_bytes;
    // Lines of the picture, and how many of them were seen.
    int height, seen, count;
    sluice_part *parts;
    sluice_means **means;
} watched;

static void release(void *maker) {
    watched *self = maker;
    for (int i = 0; i < self->count && self->means; i++) sluice_means_free(self->means[i]);
    free(self->means);
    free(self->parts);
    free(self);
}

static int advance(void *maker, sluice_lines *lines, VipsRegion *input) {
    watched *self = maker;
    int first = sluice_lines_done(lines);
    VipsRect strip = {0, first, input->im->Xsize, VIPS_MIN(STRIP, self->height - first)};
    if (vips_region_prepare(input, &strip)) return -1;
    for (int line = first; line < VIPS_RECT_BOTTOM(&strip); line++) {
        const void *samples = VIPS_REGION_ADDR(input, 0, line);
        memcpy(sluice_lines_add(lines), samples, self->line_bytes);
        for (int i = 0; i < self->count; i++) sluice_means_add(self->means[i], samples, line);
    }
    self->seen = VIPS_RECT_BOTTOM(&strip);
    return 0;
}

bool sluice_can_watch(VipsImage *in) {
    return (in->BandFmt == VIPS_FORMAT_UCHAR || in->BandFmt == VIPS_FORMAT_USHORT) && in->Coding == VIPS_CODING_NONE
        && in->Bands <= 5;
}

static bool is_inside(const sluice_part *part, const VipsImage *in) {
    return part->left >= 0 && part->top >= 0 && part->width > 0 && part->height > 0 && part->columns > 0
        && part->rows > 0 && part->left + part->width <= in->Xsize + 1e-9
        && part->top + part->height <= in->Ysize + 1e-9;
}

static watched *new_watched(const VipsImage *in, const sluice_part *parts, int count, bool has_alpha) {
    watched *self = calloc(1, sizeof(*self));
    if (!self) return NULL;
    self->line_bytes = VIPS_IMAGE_SIZEOF_LINE(in);
    self->height = in->Ysize;
    self->count = count;
    self->means = calloc(count, sizeof(*self->means));
    self->parts = malloc(count * sizeof(*self->parts));
    bool has_room = self->means && self->parts;
    for (int i = 0; i < count && has_room; i++) {
        self->parts[i] = parts[i];
        self->means[i] = sluice_means_new(parts[i], in->Bands, vips_format_sizeof(in->BandFmt), has_alpha);
        has_room = self->means[i];
    }
    if (has_room) return self;
    release(self);
    return NULL;
}

int sluice_watch(VipsImage *in, VipsImage **out, const sluice_part *parts, int count, bool has_alpha) {
    bool is_fit = sluice_can_watch(in);
    for (int i = 0; i < count && is_fit; i++) is_fit = is_inside(&parts[i], in);
    watched *self = is_fit ? new_watched(in, parts, count, has_alpha) : NULL;
    if (!self) {
        vips_error("watch", "%s", is_fit ? "out of memory" : "there are no such parts of a picture of this kind");
        return -1;
    }
    sluice_line_maker type = {.advance = advance, .free = release};
    if (sluice_lines_image(in, in, out, in->Xsize, in->Ysize, KEPT, type, self)) return -1;
    g_object_set_data(G_OBJECT(*out), key, self);
    return 0;
}

// What has not been requested: reading one column is enough to produce the lines.
static int read_rest(const watched *self, VipsImage *image) {
    if (self->seen == self->height) return 0;
    VipsRegion *region = vips_region_new(image);
    int result = 0;
    while (self->seen < self->height && result == 0) {
        VipsRect area = {0, self->seen, 1, VIPS_MIN(STRIP, self->height - self->seen)};
        result = vips_region_prepare(region, &area);
    }
    g_object_unref(region);
    return result;
}

// Numbers that mean light beyond white mean it here too.
static void copy_light(VipsImage *image, VipsImage *small) {
    static const char *const fields[] = {"sluice-light", "sluice-primaries", "sluice-brightest"};
    for (size_t index = 0; index < sizeof fields / sizeof *fields; index++) {
        GValue value = {0};
        if (!vips_image_get_typeof(image, fields[index]) || vips_image_get(image, fields[index], &value)) continue;
        vips_image_set(small, fields[index], &value);
        g_value_unset(&value);
    }
}

int sluice_watched_part(VipsImage *image, int index, VipsImage **out) {
    watched *self = g_object_get_data(G_OBJECT(image), key);
    if (!self || index < 0 || index >= self->count) {
        vips_error("watch", "this picture was not watched");
        return -1;
    }
    if (read_rest(self, image)) return -1;
    const sluice_part *part = &self->parts[index];
    const void *pixels = sluice_means_pixels(self->means[index]);
    size_t bytes = (size_t) part->columns * part->rows * VIPS_IMAGE_SIZEOF_PEL(image);
    VipsImage *small =
        vips_image_new_from_memory_copy(pixels, bytes, part->columns, part->rows, image->Bands, image->BandFmt);
    if (!small) return -1;
    small->Type = image->Type;
    const void *profile;
    size_t length;
    if (vips_image_get_typeof(image, VIPS_META_ICC_NAME)
        && !vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &length))
        vips_image_set_blob_copy(small, VIPS_META_ICC_NAME, profile, length);
    copy_light(image, small);
    *out = small;
    return 0;
}
