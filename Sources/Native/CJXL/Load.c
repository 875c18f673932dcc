// Pictures and animations of JPEG XL as libvips images.
#include "CJXL.h"
#include "Decoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Of an animation; one that has more is not read further.
enum { MOST_FRAMES = 100000 };

typedef struct {
    jxl_decoder *decoder;
    VipsSource *source;
    JxlBasicInfo info;
    JxlPixelFormat format;
    bool takes_part;
    // Milliseconds of each frame.
    GArray *delays;
    GMutex lock;
    // Guarded by the lock: the frame whose pixels these are, counted from 1; 0 before the first one.
    int frame;
    bool has_failed;
    unsigned char *pixels;
    size_t line_bytes;
} jxl_file;

static void end_decoder(jxl_file *self) {
    if (self->decoder) sluice_jxl_stop(self->decoder);
    g_free(self->decoder);
    self->decoder = NULL;
}

static void release(gpointer data) {
    jxl_file *self = data;
    end_decoder(self);
    g_clear_object(&self->source);
    g_array_unref(self->delays);
    free(self->pixels);
    g_mutex_clear(&self->lock);
    g_free(self);
}

static int begin(jxl_file *self, int events) {
    end_decoder(self);
    self->decoder = g_new0(jxl_decoder, 1);
    return sluice_jxl_start(self->decoder, self->source, events);
}

// MARK: Header

// libjxl shows cyan, magenta and yellow alone where black is a channel of its own.
static int check_channels(jxl_file *self) {
    for (uint32_t index = 0; index < self->info.num_extra_channels; index++) {
        JxlExtraChannelInfo extra;
        if (self->decoder->library->JxlDecoderGetExtraChannelInfo(self->decoder->decoder, index, &extra)
            != JXL_DEC_SUCCESS)
            continue;
        if (extra.type == JXL_CHANNEL_BLACK) {
            vips_error("jxlload", "CMYK in JPEG XL is not supported by this version of Sluice");
            return -1;
        }
    }
    return 0;
}

static int read_info(jxl_file *self) {
    jxl_decoder *from = self->decoder;
    if (from->library->JxlDecoderGetBasicInfo(from->decoder, &self->info) != JXL_DEC_SUCCESS) {
        sluice_jxl_explain(from, JXL_DEC_ERROR);
        return -1;
    }
    const JxlBasicInfo *info = &self->info;
    if (info->xsize < 1 || info->ysize < 1 || info->xsize > VIPS_MAX_COORD || info->ysize > VIPS_MAX_COORD) {
        vips_error("jxlload", "its size is not supported by this version of libvips");
        return -1;
    }
    bool is_whole = info->exponent_bits_per_sample == 0 && info->alpha_exponent_bits == 0;
    uint32_t bits = VIPS_MAX(info->bits_per_sample, info->alpha_bits);
    self->format.num_channels = (info->num_color_channels == 1 ? 1 : 3) + (info->alpha_bits > 0 ? 1 : 0);
    self->format.data_type = !is_whole || bits > 16 ? JXL_TYPE_FLOAT : bits > 8 ? JXL_TYPE_UINT16 : JXL_TYPE_UINT8;
    self->format.endianness = JXL_NATIVE_ENDIAN;
    self->format.align = 0;
    return check_channels(self);
}

static void put_colours(jxl_file *self, VipsImage *image) {
    const jxl_library *library = self->decoder->library;
    JxlDecoder *decoder = self->decoder->decoder;
    JxlColorEncoding colours;
    if (library->JxlDecoderGetColorAsEncodedProfile(
            decoder, SLUICE_JXL_UNUSED_FORMAT JXL_COLOR_PROFILE_TARGET_DATA, &colours)
            == JXL_DEC_SUCCESS
        && colours.transfer_function != JXL_TRANSFER_FUNCTION_GAMMA
        && colours.transfer_function != JXL_TRANSFER_FUNCTION_UNKNOWN) {
        bool is_grey = colours.color_space == JXL_COLOR_SPACE_GRAY;
        bool is_day = colours.white_point == JXL_WHITE_POINT_D65;
        int primaries = is_grey ? JXL_PRIMARIES_SRGB : colours.primaries;
        // The same primaries are of two numbers, by their white.
        if (primaries == JXL_PRIMARIES_P3 && is_day) primaries = 12;
        bool is_known = is_day ? primaries == 1 || primaries == 9 || primaries == 12
                               : primaries == 11 && colours.white_point == JXL_WHITE_POINT_DCI;
        if (is_known && (is_grey || colours.color_space == JXL_COLOR_SPACE_RGB)) {
            vips_image_set_int(image, SLUICE_JXL_PRIMARIES, primaries);
            vips_image_set_int(image, SLUICE_JXL_TRANSFER, colours.transfer_function);
        }
        // 10,000 is all that PQ has, and says nothing of this picture.
        if (self->info.intensity_target > 0 && self->info.intensity_target < 10000)
            vips_image_set_double(image, SLUICE_JXL_BRIGHTEST, self->info.intensity_target);
    }
    size_t bytes = 0;
    if (library->JxlDecoderGetICCProfileSize(
            decoder, SLUICE_JXL_UNUSED_FORMAT JXL_COLOR_PROFILE_TARGET_DATA, &bytes)
            != JXL_DEC_SUCCESS
        || bytes == 0)
        return;
    void *profile = vips_malloc(NULL, bytes);
    if (!profile) return;
    if (library->JxlDecoderGetColorAsICCProfile(
            decoder, SLUICE_JXL_UNUSED_FORMAT JXL_COLOR_PROFILE_TARGET_DATA, profile, bytes)
        == JXL_DEC_SUCCESS)
        vips_image_set_blob(image, VIPS_META_ICC_NAME, (VipsCallbackFn) vips_area_free_cb, profile, bytes);
    else
        g_free(profile);
}

static void add_delay(jxl_file *self) {
    JxlFrameHeader frame = {0};
    self->decoder->library->JxlDecoderGetFrameHeader(self->decoder->decoder, &frame);
    const JxlAnimationHeader *clock = &self->info.animation;
    double ticks = clock->tps_numerator > 0 ? (double) clock->tps_numerator / VIPS_MAX(1, clock->tps_denominator) : 100;
    int delay = VIPS_CLIP(0, rint(frame.duration * 1000.0 / ticks), G_MAXINT);
    g_array_append_val(self->delays, delay);
}

// Of an animation, goes through all frames without their pixels.
static int read_header(jxl_file *self, VipsImage *image) {
    if (begin(self, JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FRAME)) return -1;
    bool has_colours = false;
    while (self->delays->len < MOST_FRAMES) {
        JxlDecoderStatus status = sluice_jxl_next(self->decoder);
        switch (status) {
        case JXL_DEC_BASIC_INFO:
            if (read_info(self)) return -1;
            break;
        case JXL_DEC_COLOR_ENCODING:
            put_colours(self, image);
            has_colours = true;
            if (!self->info.have_animation) return 0;
            break;
        case JXL_DEC_FRAME: add_delay(self); break;
        default:
            if (status == JXL_DEC_SUCCESS && has_colours) return 0;
            // Frames that are there can be played.
            if (has_colours && self->delays->len > 0 && self->takes_part) return 0;
            sluice_jxl_explain(self->decoder, status);
            return -1;
        }
    }
    return 0;
}

// MARK: Pixels

static int give_pixels(jxl_file *self) {
    jxl_decoder *from = self->decoder;
    size_t bytes = 0, mine = self->line_bytes * self->info.ysize;
    if (from->library->JxlDecoderImageOutBufferSize(from->decoder, &self->format, &bytes) != JXL_DEC_SUCCESS
        || bytes != mine) {
        sluice_jxl_explain(from, JXL_DEC_ERROR);
        return -1;
    }
    // Zeros: a file that ends early may leave some as they are.
    if (!self->pixels) self->pixels = calloc(1, mine);
    if (!self->pixels) {
        vips_error("jxlload", "out of memory");
        return -1;
    }
    if (from->library->JxlDecoderSetImageOutBuffer(from->decoder, &self->format, self->pixels, mine)
        == JXL_DEC_SUCCESS)
        return 0;
    sluice_jxl_explain(from, JXL_DEC_ERROR);
    return -1;
}

// Until the pixels are those of this frame.
static int decode(jxl_file *self, int wanted) {
    if (!self->decoder && begin(self, JXL_DEC_FULL_IMAGE)) return -1;
    bool has_pixels = false;
    while (self->frame < wanted) {
        JxlDecoderStatus status = sluice_jxl_next(self->decoder);
        switch (status) {
        case JXL_DEC_NEED_IMAGE_OUT_BUFFER:
            if (give_pixels(self)) return -1;
            has_pixels = true;
            break;
        case JXL_DEC_FULL_IMAGE: self->frame++; break;
        default:
            if (self->takes_part && status == JXL_DEC_NEED_MORE_INPUT && has_pixels
                && self->decoder->library->JxlDecoderFlushImage(self->decoder->decoder) == JXL_DEC_SUCCESS) {
                g_warning("incomplete: the file ends early: missing detail, or part of the picture");
                self->frame = wanted;
                return 0;
            }
            sluice_jxl_explain(self->decoder, status);
            return -1;
        }
    }
    return 0;
}

static int generate(VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop) {
    jxl_file *self = b;
    VipsRect *area = &out->valid;
    int result = 0, height = self->info.ysize;
    g_mutex_lock(&self->lock);
    for (int line = area->top; line < VIPS_RECT_BOTTOM(area) && result == 0; line++) {
        int frame = 1 + line / height;
        if (frame < self->frame) {
            // From the beginning.
            end_decoder(self);
            self->frame = 0;
        }
        if (!self->has_failed && frame != self->frame) self->has_failed = decode(self, frame) != 0;
        if (self->has_failed) {
            result = -1;
        } else {
            size_t pixel = VIPS_IMAGE_SIZEOF_PEL(out->im);
            memcpy(
                VIPS_REGION_ADDR(out, area->left, line),
                self->pixels + (line % height) * self->line_bytes + area->left * pixel, area->width * pixel);
        }
    }
    // Nothing more is to come.
    if (self->frame >= out->im->Ysize / height) end_decoder(self);
    g_mutex_unlock(&self->lock);
    return result;
}

// MARK: Image

static int put_fields(jxl_file *self, VipsImage *image, int frames) {
    static const VipsBandFormat formats[] = {
        [JXL_TYPE_FLOAT] = VIPS_FORMAT_FLOAT, [JXL_TYPE_UINT8] = VIPS_FORMAT_UCHAR,
        [JXL_TYPE_UINT16] = VIPS_FORMAT_USHORT};
    VipsBandFormat format = formats[self->format.data_type];
    bool is_grey = self->format.num_channels < 3, is_deep = format == VIPS_FORMAT_USHORT;
    int there = VIPS_MAX(1, (int) self->delays->len);
    int shown = frames < 0 ? there : VIPS_MIN(frames, there);
    if (shown > VIPS_MAX_COORD / (int) self->info.ysize) {
        vips_error("jxlload", "its size is not supported by this version of libvips");
        return -1;
    }
    vips_image_init_fields(
        image, self->info.xsize, self->info.ysize * shown, self->format.num_channels, format, VIPS_CODING_NONE,
        is_grey ? (is_deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W)
                : (is_deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB),
        1, 1);
    vips_image_set_int(image, "bits-per-sample", self->info.bits_per_sample);
    if (there > 1) {
        vips_image_set_int(image, VIPS_META_N_PAGES, there);
        vips_image_set_int(image, VIPS_META_PAGE_HEIGHT, self->info.ysize);
        vips_image_set_array_int(image, "delay", &g_array_index(self->delays, int, 0), there);
        vips_image_set_int(image, "loop", VIPS_MIN(self->info.animation.num_loops, G_MAXINT));
    }
    self->line_bytes = VIPS_IMAGE_SIZEOF_LINE(image);
    return vips_image_pipelinev(image, VIPS_DEMAND_STYLE_THINSTRIP, NULL);
}

int sluice_jxlload(VipsSource *source, VipsImage **out, int frames, bool takes_part) {
    jxl_file *self = g_new0(jxl_file, 1);
    VipsImage *image = vips_image_new();
    g_mutex_init(&self->lock);
    self->source = g_object_ref(source);
    self->takes_part = takes_part;
    self->delays = g_array_new(FALSE, FALSE, sizeof(int));
    // What belongs to the image goes with it.
    g_object_set_data_full(G_OBJECT(image), "sluice-jxl", self, release);
    int result = read_header(self, image) || put_fields(self, image, frames);
    end_decoder(self);
    if (result == 0) result = vips_image_generate(image, NULL, generate, NULL, NULL, self);
    if (result == 0)
        *out = image;
    else
        g_object_unref(image);
    return result == 0 ? 0 : -1;
}
