"""Let TensorFlow and Streamlit share the server's process. Knows nothing of models or pages."""

import gc


def prepare_server_process() -> None:
    """Import TensorFlow and protect its state from Streamlit; later calls do nothing.

    After every script run Streamlit calls `keras.backend.clear_session()`, which would discard the
    state of models that other sessions are using and costs up to 250 ms. It finds the function by
    that public name, so replacing it there stops Streamlit and nothing inside Keras. Nothing is
    trained in this process, so nothing has to be cleared. The objects that importing TensorFlow
    created are also frozen: the garbage collector would visit them again and again.
    """
    import keras

    from core.devices import prepare_devices

    if keras.backend.clear_session is not _keep_session:
        prepare_devices()  # before anything uses a GPU
        keras.backend.clear_session = _keep_session
        gc.collect()
        gc.freeze()


def _keep_session(free_memory: bool = True) -> None:
    """Do nothing, in place of `keras.backend.clear_session`."""
