#include "CColour.h"

#include <lcms2.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Longer tables say nothing more.
enum { most_entries = 4096 };

static cmsToneCurve *curve_of_table(const uint16_t *table, int count) {
    if (count <= most_entries) return cmsBuildTabulatedToneCurve16(NULL, (cmsUInt32Number) count, table);
    uint16_t *fewer = malloc(most_entries * sizeof *fewer);
    if (!fewer) return NULL;
    for (int index = 0; index < most_entries; index++)
        fewer[index] = table[(size_t) index * (size_t) (count - 1) / (most_entries - 1)];
    cmsToneCurve *curve = cmsBuildTabulatedToneCurve16(NULL, most_entries, fewer);
    free(fewer);
    return curve;
}

static cmsToneCurve *make_curve(const sluice_curve *how, int channel) {
    // lcms' fourth type: (a x + b)^g from d on, c x below.
    static const double srgb[5] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
    static const double smpte240[5] = {1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4.0, 0.0913};
    switch (how->kind) {
    case SLUICE_CURVE_SRGB: return cmsBuildParametricToneCurve(NULL, 4, srgb);
    case SLUICE_CURVE_SMPTE240: return cmsBuildParametricToneCurve(NULL, 4, smpte240);
    case SLUICE_CURVE_POWER: return cmsBuildGamma(NULL, how->gamma);
    case SLUICE_CURVE_TABLE:
        if (how->count < 2) return NULL;
        return curve_of_table(how->table + (how->channels == 3 ? (size_t) channel * how->count : 0), how->count);
    }
    return NULL;
}

static cmsHPROFILE build(const sluice_chromaticities *space, cmsToneCurve *const curves[3], bool is_grey) {
    cmsCIExyY white = {space->white[0], space->white[1], 1};
    if (is_grey) return cmsCreateGrayProfile(&white, curves[0]);
    cmsCIExyYTRIPLE primaries = {
        {space->red[0], space->red[1], 1}, {space->green[0], space->green[1], 1}, {space->blue[0], space->blue[1], 1}};
    return cmsCreateRGBProfile(&white, &primaries, curves);
}

static void describe(cmsHPROFILE profile, const char *description) {
    cmsMLU *text = cmsMLUalloc(NULL, 1);
    if (!text) return;
    if (cmsMLUsetASCII(text, "en", "US", description)) cmsWriteTag(profile, cmsSigProfileDescriptionTag, text);
    cmsMLUfree(text);
}

static int save(cmsHPROFILE profile, void **bytes, size_t *length) {
    cmsUInt32Number size = 0;
    if (!cmsSaveProfileToMem(profile, NULL, &size) || size == 0) return -1;
    void *block = malloc(size);
    if (block && cmsSaveProfileToMem(profile, block, &size)) {
        // The time of its making, a dateTimeNumber: the same picture gives the same bytes whenever it is converted.
        static const unsigned char date[12] = {0x07, 0xEA, 0, 1, 0, 1};
        if (size >= 128) memcpy((char *) block + 24, date, sizeof date);
        *bytes = block;
        *length = size;
        return 0;
    }
    free(block);
    return -1;
}

// Points that enclose no colours make no profile.
static bool makes_sense(const sluice_chromaticities *space) {
    const double *points[] = {space->white, space->red, space->green, space->blue};
    for (int index = 0; index < 4; index++)
        if (!(points[index][0] >= -1 && points[index][0] <= 2 && points[index][1] > -1 && points[index][1] <= 2))
            return false;
    double area = (space->green[0] - space->red[0]) * (space->blue[1] - space->red[1])
        - (space->blue[0] - space->red[0]) * (space->green[1] - space->red[1]);
    return fabs(area) > 1e-4 && space->white[1] > 0.01;
}

int sluice_make_profile(
    const sluice_chromaticities *space, const sluice_curve *how, bool is_grey, const char *description, void **bytes,
    size_t *length) {
    if (!makes_sense(space)) return -1;
    cmsToneCurve *curves[3] = {NULL, NULL, NULL};
    int result = 0, count = is_grey || how->kind != SLUICE_CURVE_TABLE || how->channels == 1 ? 1 : 3;
    for (int channel = 0; channel < count; channel++) {
        curves[channel] = make_curve(how, channel);
        if (!curves[channel]) result = -1;
    }
    if (result == 0) {
        cmsToneCurve *const all[3] = {curves[0], curves[count == 3 ? 1 : 0], curves[count == 3 ? 2 : 0]};
        cmsHPROFILE profile = build(space, all, is_grey);
        if (profile) {
            describe(profile, description);
            result = save(profile, bytes, length);
            cmsCloseProfile(profile);
        } else {
            result = -1;
        }
    }
    for (int channel = 0; channel < 3; channel++)
        if (curves[channel]) cmsFreeToneCurve(curves[channel]);
    return result;
}

double sluice_profile_distance_from_srgb(const void *bytes, size_t length) {
    enum { steps = 9, greys = 33 };
    if (length > UINT32_MAX) return -1;
    cmsHPROFILE profile = cmsOpenProfileFromMem(bytes, (cmsUInt32Number) length), srgb = cmsCreate_sRGBProfile();
    double distance = -1;
    if (profile && srgb && cmsGetColorSpace(profile) == cmsSigRgbData) {
        cmsUInt32Number flags = cmsFLAGS_NOOPTIMIZE | cmsFLAGS_NOCACHE | cmsFLAGS_BLACKPOINTCOMPENSATION;
        cmsHTRANSFORM way =
            cmsCreateTransform(profile, TYPE_RGB_FLT, srgb, TYPE_RGB_FLT, INTENT_RELATIVE_COLORIMETRIC, flags);
        for (int index = 0; way && index < steps * steps * steps + greys; index++) {
            float grey = (float) index / (greys - 1), from[3] = {grey, grey, grey}, to[3];
            if (index >= greys) {
                int place = index - greys;
                from[0] = (float) (place % steps) / (steps - 1);
                from[1] = (float) (place / steps % steps) / (steps - 1);
                from[2] = (float) (place / steps / steps) / (steps - 1);
            }
            cmsDoTransform(way, from, to, 1);
            for (int band = 0; band < 3; band++) distance = fmax(distance, fabs((double) to[band] - from[band]));
        }
        if (way) cmsDeleteTransform(way);
    }
    if (profile) cmsCloseProfile(profile);
    if (srgb) cmsCloseProfile(srgb);
    return distance;
}

int sluice_profile_light(const void *bytes, size_t length, bool is_grey, int entries, float *light) {
    static const cmsTagSignature colours[] = {cmsSigRedTRCTag, cmsSigGreenTRCTag, cmsSigBlueTRCTag};
    if (length > UINT32_MAX || entries < 2) return -1;
    cmsHPROFILE profile = cmsOpenProfileFromMem(bytes, (cmsUInt32Number) length);
    if (!profile) return -1;
    int result = cmsGetColorSpace(profile) == (is_grey ? cmsSigGrayData : cmsSigRgbData) ? 0 : -1;
    for (int channel = 0; channel < (is_grey ? 1 : 3) && result == 0; channel++) {
        const cmsToneCurve *curve = cmsReadTag(profile, is_grey ? cmsSigGrayTRCTag : colours[channel]);
        if (!curve) result = -1;
        float most = 0;
        for (int entry = 0; entry < entries && curve; entry++) {
            float value = cmsEvalToneCurveFloat(curve, (float) entry / (float) (entries - 1));
            // Of broken curves too something that can be gone back on.
            if (value > most) most = fminf(value, 1);
            light[channel * entries + entry] = most;
        }
        // White that is dark is none.
        if (most < 0.5f) result = -1;
    }
    cmsCloseProfile(profile);
    return result;
}
