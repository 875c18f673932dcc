// RAW files as libvips images.
#include "CRAW.h"
#include "Library.h"
#include "Tone.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <vips/vips.h>

typedef struct {
    const raw_library *library;
    libraw_data_t *raw;
    void *file;
    size_t bytes;
    bool half_size;
    bool takes_part;
    int bands;
    // How LibRaw would turn it.
    bool knows_flip;
    int flip;
    // Set by LibRaw while it unpacks.
    bool is_damaged;
    bool ends_early;
    GMutex lock;
    // Guarded by the lock.
    bool is_developed;
    bool has_failed;
    raw_tone tone;
} raw_file;

static void release(gpointer data) {
    raw_file *self = data;
    if (self->raw) self->library->libraw_close(self->raw);
    if (self->file) munmap(self->file, self->bytes);
    g_mutex_clear(&self->lock);
    g_free(self);
}

static int explain(const raw_file *self, int code) {
    if (code == LIBRAW_UNSUFFICIENT_MEMORY || code == LIBRAW_TOO_BIG)
        vips_error("rawload", "out of memory");
    else if (code > 0)
        vips_error("rawload", "%s", strerror(code));
    else if (code == LIBRAW_FILE_UNSUPPORTED || code == LIBRAW_NOT_IMPLEMENTED)
        vips_error(
            "rawload", "LibRaw %s does not know this camera, or how it packs its data: the file cannot be developed",
            self->library->libraw_version());
    else if (code == LIBRAW_IO_ERROR)
        vips_error("rawload", "unexpected end of the camera's data");
    else
        vips_error("rawload", "LibRaw: %s", self->library->libraw_strerror(code));
    return -1;
}

// It goes on after that, with zeros.
static void note_damage(void *data, const char *file, const int offset) {
    raw_file *self = data;
    if (offset < 0)
        self->ends_early = true;
    else
        self->is_damaged = true;
}

// MARK: Header

// Twice, as the turn is known only then.
static int open_raw(raw_file *self) {
    if (self->raw) self->library->libraw_close(self->raw);
    self->raw = self->library->libraw_init(0);
    if (!self->raw) return explain(self, LIBRAW_UNSUFFICIENT_MEMORY);
    self->library->libraw_set_dataerror_handler(self->raw, note_damage, self);
    libraw_output_params_t *how = &self->raw->params;
    how->half_size = self->half_size;
    how->use_camera_wb = 1;
    how->output_bps = 16;
    how->output_color = 1;
    // EXIF says how it is to be turned; where there is none, the field does.
    how->user_flip = self->knows_flip ? 0 : -1;
    int code = self->library->libraw_open_buffer(self->raw, self->file, self->bytes);
    if (code != LIBRAW_SUCCESS) return explain(self, code);
    if (self->knows_flip) return 0;
    self->flip = self->raw->sizes.flip;
    self->knows_flip = true;
    return open_raw(self);
}

static int map(raw_file *self, int descriptor) {
    struct stat status;
    if (fstat(descriptor, &status)) {
        vips_error_system(errno, "rawload", "cannot be measured");
        return -1;
    }
    void *file = status.st_size > 0 ? mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0) : MAP_FAILED;
    if (file == MAP_FAILED) {
        vips_error_system(errno, "rawload", "cannot be mapped");
        return -1;
    }
    self->file = file;
    self->bytes = status.st_size;
    return 0;
}

static int put_fields(raw_file *self, VipsImage *image) {
    // Sizes as they come out are told once, and spoil what was opened.
    int code = self->library->libraw_adjust_sizes_info_only(self->raw);
    if (code != LIBRAW_SUCCESS) return explain(self, code);
    int width = self->raw->sizes.iwidth, height = self->raw->sizes.iheight;
    self->bands = self->raw->idata.colors == 1 ? 1 : 3;
    if (width < 1 || height < 1) {
        vips_error("rawload", "a width or height of 0");
        return -1;
    }
    vips_image_init_fields(
        image, width, height, self->bands, VIPS_FORMAT_USHORT, VIPS_CODING_NONE,
        self->bands == 1 ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16, 1, 1);
    vips_image_set_int(image, "bits-per-sample", 16);
    static const int orientations[] = {[0] = 1, [3] = 3, [5] = 8, [6] = 6};
    if (self->flip >= 0 && self->flip <= 6 && orientations[self->flip] > 0)
        vips_image_set_int(image, VIPS_META_ORIENTATION, orientations[self->flip]);
    if (vips_image_pipelinev(image, VIPS_DEMAND_STYLE_THINSTRIP, NULL)) return -1;
    return open_raw(self);
}

// MARK: Pixels

static int check_damage(const raw_file *self) {
    if (!self->is_damaged && !self->ends_early) return 0;
    if (self->takes_part) {
        g_warning("incomplete: the camera's data %s", self->ends_early ? "end early" : "are damaged");
        return 0;
    }
    vips_error("rawload", self->ends_early ? "unexpected end of the camera's data" : "the camera's data are damaged");
    return -1;
}

static int develop(raw_file *self, const VipsImage *image) {
    int code = self->library->libraw_unpack(self->raw);
    if (code != LIBRAW_SUCCESS) return explain(self, code);
    if (check_damage(self)) return -1;
    // It is not read again: its pages count as the worker's.
    madvise(self->file, self->bytes, MADV_DONTNEED);
    code = self->library->libraw_dcraw_process(self->raw);
    if (code != LIBRAW_SUCCESS) return explain(self, code);
    const libraw_image_sizes_t *sizes = &self->raw->sizes;
    if (!self->raw->image || sizes->width != image->Xsize || sizes->height != image->Ysize) {
        vips_error("rawload", "it came out at another size than its header says");
        return -1;
    }
    size_t count = (size_t) sizes->width * sizes->height;
    sluice_raw_tone(&self->tone, (const uint16_t (*)[4]) self->raw->image, count, self->bands);
    return 0;
}

static int generate(VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop) {
    raw_file *self = b;
    g_mutex_lock(&self->lock);
    if (!self->is_developed && !self->has_failed) {
        self->has_failed = develop(self, out->im) != 0;
        self->is_developed = !self->has_failed;
    }
    bool has_failed = self->has_failed;
    g_mutex_unlock(&self->lock);
    if (has_failed) return -1;
    const VipsRect *area = &out->valid;
    for (int line = area->top; line < VIPS_RECT_BOTTOM(area); line++) {
        const uint16_t (*from)[4] = (const uint16_t (*)[4]) self->raw->image + (size_t) line * out->im->Xsize + area->left;
        uint16_t *to = (uint16_t *) VIPS_REGION_ADDR(out, area->left, line);
        for (int column = 0; column < area->width; column++)
            for (int band = 0; band < self->bands; band++) *to++ = self->tone.values[from[column][band]];
    }
    return 0;
}

int sluice_rawload(int descriptor, VipsImage **out, bool half_size, bool takes_part) {
    const raw_library *library = sluice_raw_functions();
    if (!library) {
        vips_error(
            "rawload", "LibRaw (%s, Debian's package libraw%d) is not installed: the file cannot be developed",
            sluice_raw_library(), LIBRAW_SHLIB_CURRENT);
        return -1;
    }
    raw_file *self = g_new0(raw_file, 1);
    VipsImage *image = vips_image_new();
    g_mutex_init(&self->lock);
    self->library = library;
    self->half_size = half_size;
    self->takes_part = takes_part;
    // What belongs to the image goes with it.
    g_object_set_data_full(G_OBJECT(image), "sluice-raw", self, release);
    int result = map(self, descriptor) || open_raw(self) || put_fields(self, image)
        || vips_image_generate(image, NULL, generate, NULL, NULL, self);
    if (result == 0)
        *out = image;
    else
        g_object_unref(image);
    return result == 0 ? 0 : -1;
}
