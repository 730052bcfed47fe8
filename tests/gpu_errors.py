"""What TensorFlow raises where a GPU's memory is taken: a stand-in for machines without one."""

import tensorflow as tf

OUT_OF_GPU_MEMORY = [
    tf.errors.ResourceExhaustedError(
        None,
        None,
        "{{function_node}} OOM when allocating tensor with shape[4096,64,28,28] and type float on "
        "/job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc [Op:Conv2D]",
    ),
    tf.errors.ResourceExhaustedError(None, None, "failed to allocate memory [Op:AddV2]"),
    tf.errors.InternalError(None, None, "cudaSetDevice() on GPU:0 failed. Status: out of memory"),
    tf.errors.InternalError(None, None, "failed call to cuCtxCreate: CUDA_ERROR_OUT_OF_MEMORY"),
    tf.errors.InternalError(
        None,
        None,
        "Failed copying input tensor from /job:localhost/replica:0/task:0/device:CPU:0 to "
        "/job:localhost/replica:0/task:0/device:GPU:0 in order to run _EagerConst: "
        "Dst tensor is not initialized.",
    ),
    tf.errors.UnknownError(None, None, "Could not create cudnn handle: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError(
        "Exception encountered: CUDA runtime implicit initialization on GPU:0 failed. "
        "Status: out of memory"
    ),
]
