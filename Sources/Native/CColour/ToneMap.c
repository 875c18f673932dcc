#include "CColour.h"

#include <math.h>
#include <string.h>
#include <vips/vips.h>

// Entries of tables, between which a straight line is drawn.
enum { entries = 4096 };

typedef struct {
    sluice_tone_mapping how;
    // By value: light, in parts of SDR white; of HLG that of the scene, where white is 1.
    float light[entries + 2];
    // By the fourth root of light over the peak: the factor that brings it to the display.
    float factor[entries + 2];
    // By the root of light: the value that an SDR display makes it of.
    float value[entries + 2];
    float peak;
} mapper;

// MARK: Curves

// SMPTE ST 2084, in cd/m2.
static double pq_light(double value) {
    double power = pow(fmax(value, 0), 1 / 78.84375);
    return 10000 * pow(fmax(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power), 1 / 0.1593017578125);
}

static double pq_value(double light) {
    double power = pow(fmax(light, 0) / 10000, 0.1593017578125);
    return pow((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power), 78.84375);
}

// ITU-R BT.2100: the inverse of HLG's OETF.
static double hlg_scene(double value) {
    const double a = 0.17883277, b = 0.28466892, c = 0.55991073;
    return value <= 0.5 ? value * value / 3 : (exp((value - c) / a) + b) / 12;
}

static double srgb_value(double light) {
    return light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

// ITU-R BT.2390, 5.4.1: as it is up to the knee, a Hermite spline from there to white. In cd/m2.
static double rolled_off(double light, double peak) {
    double whole = pq_value(peak), value = pq_value(light) / whole, most = pq_value(SLUICE_SDR_WHITE) / whole;
    double knee = 1.5 * most - 0.5;
    if (most >= 1 || value <= knee) return light;
    double t = fmin((value - knee) / (1 - knee), 1), t2 = t * t, t3 = t2 * t;
    double spline = (2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (3 * t2 - 2 * t3) * most;
    return pq_light(spline * whole);
}

static void fill(mapper *self) {
    bool is_pq = self->how.light == SLUICE_LIGHT_PQ;
    self->peak = (float) (self->how.peak / SLUICE_SDR_WHITE);
    for (int index = 0; index < entries + 2; index++) {
        double at = fmin((double) index / entries, 1), light = pow(at, 4) * self->how.peak;
        self->light[index] = (float) (is_pq ? pq_light(at) / SLUICE_SDR_WHITE : hlg_scene(at));
        self->factor[index] = (float) (light > 0 ? rolled_off(light, self->how.peak) / light : 1);
        self->value[index] = (float) srgb_value(at * at);
    }
}

static inline float looked_up(const float *table, float at) {
    float place = fminf(fmaxf(at, 0), 1) * entries;
    int index = (int) place;
    return table[index] + (place - (float) index) * (table[index + 1] - table[index]);
}

// MARK: Pixels

// Mixed with grey of the same luminance until every part lies between black and white.
static void fit(float colour[3], const float luminance[3]) {
    float grey = fminf(
        fmaxf(colour[0] * luminance[0] + colour[1] * luminance[1] + colour[2] * luminance[2], 0), 1);
    float part = 1;
    for (int band = 0; band < 3; band++) {
        if (colour[band] < 0) part = fminf(part, grey / (grey - colour[band]));
        if (colour[band] > 1) part = fminf(part, (1 - grey) / (colour[band] - grey));
    }
    if (part < 1)
        for (int band = 0; band < 3; band++) colour[band] = grey + part * (colour[band] - grey);
}

static void map(const mapper *self, float colour[3]) {
    // BT.709's luminance, or P3's: near enough to mix by.
    static const float mixing[3] = {0.2126f, 0.7152f, 0.0722f};
    const sluice_tone_mapping *how = &self->how;
    for (int band = 0; band < 3; band++) colour[band] = looked_up(self->light, colour[band]);
    if (how->light == SLUICE_LIGHT_HLG) {
        // BT.2100's OOTF for a display of 1,000 cd/m2.
        float luminance = (float) (how->luminance[0] * colour[0] + how->luminance[1] * colour[1]
            + how->luminance[2] * colour[2]);
        float scale = luminance > 0 ? self->peak * powf(luminance, 0.2f) : 0;
        for (int band = 0; band < 3; band++) colour[band] *= scale;
    }
    float most = fmaxf(colour[0], fmaxf(colour[1], colour[2]));
    float factor = looked_up(self->factor, sqrtf(sqrtf(fmaxf(most, 0) / self->peak)));
    // Brighter than the file said there would be.
    if (most > self->peak) factor *= self->peak / most;
    float result[3];
    for (int band = 0; band < 3; band++)
        result[band] = factor
            * (float) (how->matrix[band * 3] * colour[0] + how->matrix[band * 3 + 1] * colour[1]
                + how->matrix[band * 3 + 2] * colour[2]);
    fit(result, mixing);
    for (int band = 0; band < 3; band++) colour[band] = looked_up(self->value, sqrtf(fmaxf(result[band], 0)));
}

static void process(void **in, void *out, int width, void *image, void *context) {
    const mapper *self = context;
    const VipsImage *like = image;
    int bands = like->Bands, colours = bands - (self->how.has_alpha ? 1 : 0);
    bool is_wide = like->BandFmt == VIPS_FORMAT_USHORT;
    float whole = is_wide ? 65535 : 255;
    for (int x = 0; x < width; x++) {
        size_t start = (size_t) x * (size_t) bands;
        float colour[3];
        for (int band = 0; band < 3; band++) {
            size_t place = start + (size_t) (colours == 3 ? band : 0);
            colour[band] =
                (is_wide ? (float) ((const uint16_t *) in[0])[place] : (float) ((const uint8_t *) in[0])[place]) / whole;
        }
        map(self, colour);
        for (int band = 0; band < bands; band++) {
            size_t place = start + (size_t) band;
            if (is_wide)
                ((uint16_t *) out)[place] = band < colours ? (uint16_t) lrintf(colour[band] * whole)
                                                           : ((const uint16_t *) in[0])[place];
            else
                ((uint8_t *) out)[place] =
                    band < colours ? (uint8_t) lrintf(colour[band] * whole) : ((const uint8_t *) in[0])[place];
        }
    }
}

static int generate(VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop) {
    VipsRegion *in = sequence;
    VipsRect *wanted = &out->valid;
    if (vips_region_prepare(in, wanted)) return -1;
    for (int line = wanted->top; line < VIPS_RECT_BOTTOM(wanted); line++) {
        void *from[] = {VIPS_REGION_ADDR(in, wanted->left, line)};
        process(from, VIPS_REGION_ADDR(out, wanted->left, line), wanted->width, out->im, b);
    }
    return 0;
}

static void release_input(gpointer image) { g_object_unref(image); }

int sluice_tone_map(VipsImage *in, VipsImage **out, const sluice_tone_mapping *how) {
    int colours = in->Bands - (how->has_alpha ? 1 : 0);
    bool is_known = in->BandFmt == VIPS_FORMAT_UCHAR || in->BandFmt == VIPS_FORMAT_USHORT;
    if (!is_known || (colours != 1 && colours != 3) || !(how->peak > 0)) {
        vips_error("tonemap", "pixels of this kind have no light that could be mapped");
        return -1;
    }
    mapper *self = g_new0(mapper, 1);
    self->how = *how;
    self->how.peak = fmin(fmax(how->peak, SLUICE_SDR_WHITE), 10000);
    fill(self);
    VipsImage *result = vips_image_new();
    // Both go with the result.
    g_object_set_data_full(G_OBJECT(result), "sluice-tone", self, g_free);
    g_object_set_data_full(G_OBJECT(result), "sluice-tone-input", g_object_ref(in), release_input);
    if (vips_image_pipelinev(result, VIPS_DEMAND_STYLE_THINSTRIP, in, NULL)
        || vips_image_generate(result, vips_start_one, generate, vips_stop_one, in, self)) {
        g_object_unref(result);
        return -1;
    }
    *out = result;
    return 0;
}
