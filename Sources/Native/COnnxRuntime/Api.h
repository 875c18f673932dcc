// The part of ONNX Runtime's C interface that is used here, declared anew so that a build needs no package of it. The
// table of functions only ever grows at its end: each keeps its place from the version that brought it on.
// Source: onnxruntime_c_api.h, struct OrtApi.
#ifndef SLUICE_ONNX_RUNTIME_API_H
#define SLUICE_ONNX_RUNTIME_API_H
#include <stddef.h>
#include <stdint.h>

/// ONNX Runtime 1.14: what every call but the one below needs.
#define ORT_VERSION_NEEDED 14
/// 1.18, which takes files of weights from memory.
#define ORT_VERSION_WITH_FILES 18

typedef struct OrtStatus OrtStatus;
typedef struct OrtEnv OrtEnv;
typedef struct OrtSession OrtSession;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtValue OrtValue;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorInfo;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtAllocator OrtAllocator;

enum { ort_invalid_protobuf = 7 };
enum { ort_log_fatal = 4 };
enum { ort_optimize_all = 99 };
enum { ort_sequential = 0 };
enum { ort_kind_tensor = 1 };
enum { ort_device_allocator = 0, ort_default_memory = 0 };
/// ONNXTensorElementDataType.
enum {
    ort_float = 1,
    ort_uint8 = 2,
    ort_int8 = 3,
    ort_uint16 = 4,
    ort_int16 = 5,
    ort_int32 = 6,
    ort_int64 = 7,
    ort_bool = 9,
    ort_float16 = 10,
    ort_double = 11,
    ort_bfloat16 = 16
};

typedef struct {
    void *unused_0[1];
    int (*get_error_code)(const OrtStatus *);
    const char *(*get_error_message)(const OrtStatus *);
    OrtStatus *(*create_env)(int level, const char *name, OrtEnv **);
    void *unused_4[2];
    OrtStatus *(*disable_telemetry)(const OrtEnv *);
    void *unused_7[1];
    OrtStatus *(*create_session)(
        const OrtEnv *, const void *bytes, size_t count, const OrtSessionOptions *, OrtSession **);
    OrtStatus *(*run)(
        OrtSession *, const OrtRunOptions *, const char *const *input_names, const OrtValue *const *inputs,
        size_t input_count, const char *const *output_names, size_t output_count, OrtValue **outputs);
    OrtStatus *(*create_options)(OrtSessionOptions **);
    OrtStatus *(*set_optimized_path)(OrtSessionOptions *, const char *path);
    void *unused_12[1];
    OrtStatus *(*set_execution_mode)(OrtSessionOptions *, int);
    void *unused_14[3];
    OrtStatus *(*disable_memory_pattern)(OrtSessionOptions *);
    void *unused_18[1];
    OrtStatus *(*disable_arena)(OrtSessionOptions *);
    void *unused_20[2];
    OrtStatus *(*set_log_severity)(OrtSessionOptions *, int);
    OrtStatus *(*set_optimization_level)(OrtSessionOptions *, int);
    OrtStatus *(*set_threads_within_operator)(OrtSessionOptions *, int);
    OrtStatus *(*set_threads_between_operators)(OrtSessionOptions *, int);
    void *unused_26[4];
    OrtStatus *(*get_input_count)(const OrtSession *, size_t *);
    OrtStatus *(*get_output_count)(const OrtSession *, size_t *);
    void *unused_32[1];
    OrtStatus *(*get_input_type)(const OrtSession *, size_t index, OrtTypeInfo **);
    OrtStatus *(*get_output_type)(const OrtSession *, size_t index, OrtTypeInfo **);
    void *unused_35[1];
    OrtStatus *(*get_input_name)(const OrtSession *, size_t index, OrtAllocator *, char **);
    OrtStatus *(*get_output_name)(const OrtSession *, size_t index, OrtAllocator *, char **);
    void *unused_38[11];
    OrtStatus *(*wrap_tensor)(
        const OrtMemoryInfo *, void *data, size_t bytes, const int64_t *shape, size_t dimensions, int type, OrtValue **);
    OrtStatus *(*is_tensor)(const OrtValue *, int *);
    OrtStatus *(*get_data)(OrtValue *, void **);
    void *unused_52[3];
    OrtStatus *(*cast_to_tensor_info)(const OrtTypeInfo *, const OrtTensorInfo **);
    OrtStatus *(*get_kind)(const OrtTypeInfo *, int *);
    void *unused_57[3];
    OrtStatus *(*get_element_type)(const OrtTensorInfo *, int *);
    OrtStatus *(*get_dimension_count)(const OrtTensorInfo *, size_t *);
    OrtStatus *(*get_dimensions)(const OrtTensorInfo *, int64_t *, size_t);
    void *unused_63[1];
    OrtStatus *(*get_element_count)(const OrtTensorInfo *, size_t *);
    OrtStatus *(*get_tensor_info)(const OrtValue *, OrtTensorInfo **);
    void *unused_66[3];
    OrtStatus *(*create_cpu_memory_info)(int allocator, int memory, OrtMemoryInfo **);
    void *unused_70[6];
    OrtStatus *(*allocator_free)(OrtAllocator *, void *);
    void *unused_77[1];
    OrtStatus *(*get_default_allocator)(OrtAllocator **);
    void *unused_79[13];
    void (*release_env)(OrtEnv *);
    void (*release_status)(OrtStatus *);
    void (*release_memory_info)(OrtMemoryInfo *);
    void (*release_session)(OrtSession *);
    void (*release_value)(OrtValue *);
    void *unused_97[1];
    void (*release_type_info)(OrtTypeInfo *);
    void (*release_tensor_info)(OrtTensorInfo *);
    void (*release_options)(OrtSessionOptions *);
    void *unused_101[29];
    OrtStatus *(*set_option)(OrtSessionOptions *, const char *key, const char *value);
    void *unused_131[148];
    OrtStatus *(*add_files)(
        OrtSessionOptions *, const char *const *names, char *const *contents, const size_t *lengths, size_t count);
} OrtApi;

#define ORT_PLACE(function, place) \
    _Static_assert(offsetof(OrtApi, function) == (place) * sizeof(void *), #function " has moved")
ORT_PLACE(create_session, 8);
ORT_PLACE(set_threads_between_operators, 25);
ORT_PLACE(wrap_tensor, 49);
ORT_PLACE(create_cpu_memory_info, 69);
ORT_PLACE(release_options, 100);
ORT_PLACE(set_option, 130);
ORT_PLACE(add_files, 279);

typedef struct {
    const OrtApi *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
} OrtApiBase;

#endif
