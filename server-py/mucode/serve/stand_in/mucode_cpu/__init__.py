"""A plugin of SGLang for CPUs: batched attention (attention.py) and seeded sampling (sampling.py).

SGLang finds it by its entry point and calls `register` in each of its processes. Runs in SGLang's environment only.
"""

from importlib import import_module

ATTENTION = "sglang.srt.layers.attention.torch_native_backend.TorchNativeAttnBackend"
SAMPLER = "sglang.srt.layers.sampler"
SAMPLING_INFO = "sglang.srt.sampling.sampling_batch_info.SamplingBatchInfo"


def register() -> None:
    """Hand our functions to SGLang. Where a target is missing (another version) it logs that and keeps its own."""
    from mucode_cpu import attention, sampling

    hooks = import_module("sglang.srt.plugins.hook_registry")
    around, after, replace = hooks.HookType.AROUND, hooks.HookType.AFTER, hooks.HookType.REPLACE
    add = hooks.HookRegistry.register
    add(f"{ATTENTION}.init_forward_metadata", attention.forget_step, after)
    add(f"{ATTENTION}._run_sdpa_forward_decode", attention.decode, around)
    add(f"{ATTENTION}._run_sdpa_forward_extend", attention.extend, around)
    add(f"{SAMPLING_INFO}.from_schedule_batch", sampling.add_seeds, after)
    add(f"{SAMPLER}.sampling_from_probs_torch", sampling.sample, replace)
    add(f"{SAMPLER}.top_k_top_p_min_p_sampling_from_probs_torch", sampling.sample_filtered, replace)
