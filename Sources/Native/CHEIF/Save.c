// A picture as a HEIC file.
#include "CHEIF.h"
#include "Library.h"
#include "Planes.h"

#include <string.h>
#include <vips/vips.h>

typedef struct {
    const heif_library *library;
    struct heif_context *context;
    struct heif_encoder *encoder;
    struct heif_image *picture;
    struct heif_image_handle *written;
    heif_planes planes;
} heic_file;

static int is_sound(struct heif_error error) {
    if (error.code == heif_error_Ok) return 1;
    if (error.code == heif_error_Memory_allocation_error)
        vips_error("heifsave", "out of memory");
    else
        vips_error("heifsave", "libheif: %s (%d.%d)", error.message, error.code, error.subcode);
    return 0;
}

static void release(heic_file *self) {
    const heif_library *library = self->library;
    if (self->written) library->heif_image_handle_release(self->written);
    if (self->picture) library->heif_image_release(self->picture);
    if (self->encoder) library->heif_encoder_release(self->encoder);
    if (self->context) library->heif_context_free(self->context);
    g_free(self->planes.waiting);
}

// MARK: Encoder

// Another encoder than x265 does not know these: then it does as it is used to.
static void set(heic_file *self, const char *name, const char *value) {
    self->library->heif_encoder_set_parameter(self->encoder, name, value);
}

static int start_encoder(heic_file *self, const sluice_heic_options *options) {
    static const char *const presets[] = {"ultrafast", "superfast", "veryfast", "faster", "fast",
                                          "medium", "slow", "slower", "veryslow", "placebo"};
    self->context = self->library->heif_context_alloc();
    if (!self->context) {
        vips_error("heifsave", "out of memory");
        return -1;
    }
    if (!is_sound(self->library->heif_context_get_encoder_for_format(
            self->context, heif_compression_HEVC, &self->encoder))
        || !is_sound(self->library->heif_encoder_set_lossy_quality(self->encoder, options->quality)))
        return -1;
    set(self, "preset", presets[VIPS_CLIP(0, options->effort, (int) G_N_ELEMENTS(presets) - 1)]);
    set(self, "chroma", options->is_full_chroma ? "444" : "420");
    // Workers are the parallelism: with a thread for each processor, what it holds would go with their number.
    set(self, "x265:pools", "none");
    set(self, "x265:frame-threads", "1");
    return 0;
}

// MARK: Pixels

static int add_plane(heic_file *self, int index, enum heif_channel channel, int width, int height) {
    if (!is_sound(self->library->heif_image_add_plane(self->picture, channel, width, height, 8))) return -1;
    self->planes.bytes[index] = self->library->heif_image_get_plane(self->picture, channel, &self->planes.strides[index]);
    if (self->planes.bytes[index]) return 0;
    vips_error("heifsave", "out of memory");
    return -1;
}

// BT.709's primaries and sRGB's curve, where no profile says otherwise; BT.601's luma and all 256 values.
static int name_colours(heic_file *self, VipsImage *in) {
    struct heif_color_profile_nclx *named = self->library->heif_nclx_color_profile_alloc();
    if (!named) {
        vips_error("heifsave", "out of memory");
        return -1;
    }
    named->color_primaries = heif_color_primaries_ITU_R_BT_709_5;
    named->transfer_characteristics = heif_transfer_characteristic_IEC_61966_2_1;
    named->matrix_coefficients = heif_matrix_coefficients_ITU_R_BT_601_6;
    named->full_range_flag = 1;
    int result = is_sound(self->library->heif_image_set_nclx_color_profile(self->picture, named)) ? 0 : -1;
    self->library->heif_nclx_color_profile_free(named);
    const void *profile;
    size_t bytes;
    if (result || !vips_image_get_typeof(in, VIPS_META_ICC_NAME)) return result;
    if (vips_image_get_blob(in, VIPS_META_ICC_NAME, &profile, &bytes)) return -1;
    return is_sound(self->library->heif_image_set_raw_color_profile(self->picture, "prof", profile, bytes)) ? 0 : -1;
}

static int make_picture(heic_file *self, VipsImage *in, bool is_full_chroma) {
    int width = in->Xsize, height = in->Ysize;
    int across = is_full_chroma ? width : (width + 1) / 2, down = is_full_chroma ? height : (height + 1) / 2;
    self->planes.width = width;
    self->planes.height = height;
    self->planes.bands = in->Bands;
    self->planes.is_full_chroma = is_full_chroma;
    self->planes.waiting = g_new(int, 2 * across);
    enum heif_chroma chroma = is_full_chroma ? heif_chroma_444 : heif_chroma_420;
    if (!is_sound(self->library->heif_image_create(width, height, heif_colorspace_YCbCr, chroma, &self->picture))
        || add_plane(self, 0, heif_channel_Y, width, height) || add_plane(self, 1, heif_channel_Cb, across, down)
        || add_plane(self, 2, heif_channel_Cr, across, down)
        || (in->Bands == 4 && add_plane(self, 3, heif_channel_Alpha, width, height)))
        return -1;
    return name_colours(self, in);
}

static int take_lines(VipsRegion *region, VipsRect *area, void *a) {
    heic_file *self = a;
    for (int line = area->top; line < VIPS_RECT_BOTTOM(area); line++)
        sluice_heif_fill(&self->planes, line, VIPS_REGION_ADDR(region, 0, line));
    return 0;
}

// MARK: File

static int add_metadata(heic_file *self, VipsImage *in) {
    // A directory without entries.
    static const char empty[] = "II*\0\10\0\0\0\0\0\0\0\0\0";
    if (!is_sound(self->library->heif_context_add_exif_metadata(self->context, self->written, empty, sizeof empty - 1)))
        return -1;
    const void *packet;
    size_t bytes;
    if (!vips_image_get_typeof(in, VIPS_META_XMP_NAME)) return 0;
    if (vips_image_get_blob(in, VIPS_META_XMP_NAME, &packet, &bytes)) return -1;
    return is_sound(self->library->heif_context_add_XMP_metadata(self->context, self->written, packet, bytes)) ? 0 : -1;
}

static struct heif_error write_bytes(struct heif_context *context, const void *bytes, size_t count, void *target) {
    struct heif_error error = {heif_error_Ok, heif_suberror_Unspecified, ""};
    if (vips_target_write(target, bytes, count)) {
        error.code = heif_error_Encoding_error;
        error.subcode = heif_suberror_Cannot_write_output_data;
        error.message = "unable to write to target";
    }
    return error;
}

static int write_file(heic_file *self, VipsTarget *target) {
    struct heif_writer writer = {.writer_api_version = 1, .write = write_bytes};
    if (!is_sound(self->library->heif_context_write(self->context, &writer, target))) return -1;
    return vips_target_end(target);
}

int sluice_heifsave(VipsImage *in, VipsTarget *target, const sluice_heic_options *options) {
    heic_file self = {.library = sluice_heif_library()};
    if (!self.library) {
        vips_error("heifsave", "HEIC is not supported by this version of libvips");
        return -1;
    }
    if (in->BandFmt != VIPS_FORMAT_UCHAR || in->Coding != VIPS_CODING_NONE || (in->Bands != 3 && in->Bands != 4)) {
        vips_error("heifsave", "a HEIC has three bands of 8 bits, or four");
        return -1;
    }
    int result = start_encoder(&self, options) || make_picture(&self, in, options->is_full_chroma)
        || vips_sink_disc(in, take_lines, &self);
    if (!result)
        result = !is_sound(self.library->heif_context_encode_image(
            self.context, self.picture, self.encoder, NULL, &self.written));
    if (!result) {
        // What is left is the file.
        self.library->heif_image_release(self.picture);
        self.picture = NULL;
        result = add_metadata(&self, in) || write_file(&self, target);
    }
    release(&self);
    return result ? -1 : 0;
}
