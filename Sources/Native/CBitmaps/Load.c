// Bitmaps as libvips images.
#include "CBitmaps.h"

#include <errno.h>
#include <string.h>
#include <vips/vips.h>

typedef struct {
    sluice_bitmap_reader *reader;
    sluice_bitmap layout;
    const char *domain;
    bool takes_part;
    GMutex lock;
    // Guarded by the lock.
    bool was_told;
    unsigned char *line;
} bitmap_file;

static void release(gpointer data) {
    bitmap_file *self = data;
    sluice_bitmap_close(self->reader);
    g_free(self->line);
    g_mutex_clear(&self->lock);
    g_free(self);
}

static int fail(const bitmap_file *self) {
    if (errno == ENOMEM)
        vips_error(self->domain, "out of memory");
    else if (errno == EINVAL)
        vips_error(self->domain, "its size or kind is not supported by this version");
    else
        vips_error_system(errno, self->domain, "cannot be read");
    return -1;
}

// Where lines are not there; 0 where that is accepted.
static int tell_missing(bitmap_file *self) {
    int height = self->layout.height, missing = sluice_bitmap_missing(self->reader);
    bool is_damaged = sluice_bitmap_is_damaged(self->reader);
    if (!self->takes_part) {
        if (is_damaged)
            vips_error(self->domain, "something that is no number stands in line %d of %d", height - missing + 1, height);
        else
            vips_error(self->domain, "unexpected end of the file: %d of %d lines are missing", missing, height);
        return -1;
    }
    if (self->was_told) return 0;
    self->was_told = true;
    int percent = VIPS_MAX(1, (int) ((100LL * missing + height / 2) / height));
    g_warning(
        "incomplete: %s: missing the %s %d of %d lines (%d %%)",
        is_damaged ? "something that is no number stands in the file" : "the file ends early",
        self->layout.is_bottom_up ? "first" : "last", missing, height, percent);
    return 0;
}

static int generate(VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop) {
    bitmap_file *self = b;
    const VipsRect *area = &out->valid;
    size_t pixel = VIPS_IMAGE_SIZEOF_PEL(out->im);
    int result = 0;
    g_mutex_lock(&self->lock);
    if (!self->line) self->line = g_try_malloc(VIPS_IMAGE_SIZEOF_LINE(out->im));
    if (!self->line) {
        errno = ENOMEM;
        result = fail(self);
    }
    for (int line = area->top; line < VIPS_RECT_BOTTOM(area) && result == 0; line++) {
        int found = sluice_bitmap_line(self->reader, line, self->line);
        result = found < 0 ? fail(self) : found > 0 ? tell_missing(self) : 0;
        if (result == 0)
            memcpy(VIPS_REGION_ADDR(out, area->left, line), self->line + area->left * pixel, area->width * pixel);
    }
    g_mutex_unlock(&self->lock);
    return result;
}

static int put_fields(bitmap_file *self, VipsImage *image) {
    const sluice_bitmap *layout = &self->layout;
    bool is_grey = layout->bands < 3, is_deep = layout->is_deep;
    vips_image_init_fields(
        image, layout->width, layout->height, layout->bands, is_deep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR,
        VIPS_CODING_NONE,
        is_grey ? (is_deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W)
                : (is_deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB),
        layout->across > 0 ? layout->across : 1, layout->down > 0 ? layout->down : 1);
    return vips_image_pipelinev(image, VIPS_DEMAND_STYLE_THINSTRIP, NULL);
}

static int begin(bitmap_file *self, int descriptor, const unsigned char *colours, int count) {
    self->reader = sluice_bitmap_open(descriptor, &self->layout, colours, count);
    if (!self->reader) return fail(self);
    // It is known already, and nobody has to wait for it.
    if (sluice_bitmap_missing(self->reader) > 0 && !self->takes_part) return tell_missing(self);
    int is_empty = sluice_bitmap_has_empty_alpha(self->reader);
    if (is_empty < 0) return fail(self);
    if (is_empty == 0) return 0;
    self->layout.bands = 3;
    sluice_bitmap_close(self->reader);
    self->reader = sluice_bitmap_open(descriptor, &self->layout, colours, count);
    return self->reader ? 0 : fail(self);
}

int sluice_bitmapload(
    int descriptor, VipsImage **out, const sluice_bitmap *layout, const unsigned char *colours, int count,
    const char *domain, bool takes_part) {
    bitmap_file *self = g_new0(bitmap_file, 1);
    VipsImage *image = vips_image_new();
    g_mutex_init(&self->lock);
    self->layout = *layout;
    // One of those that the program is made with.
    self->domain = g_intern_string(domain);
    self->takes_part = takes_part;
    // What belongs to the image goes with it.
    g_object_set_data_full(G_OBJECT(image), "sluice-bitmap", self, release);
    int result = begin(self, descriptor, colours, count) || put_fields(self, image)
        || vips_image_generate(image, NULL, generate, NULL, NULL, self);
    if (result == 0)
        *out = image;
    else
        g_object_unref(image);
    return result == 0 ? 0 : -1;
}
