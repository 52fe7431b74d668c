namespace Qwen2Audio.Model.Codec;

/// <summary>Convolutions without bias that downsample a codec's frames by 2 and upsample them again (Mimi): <c>downsample.weight</c>, <c>upsample.weight</c>.</summary>
internal sealed class FrameResampling
{
    private const int Stride = 2;
    private readonly (IWeight Kernel, ConvSpec Spec, int StateIndex) _down;
    private readonly (IWeight Kernel, TransposedConvSpec Spec, int StateIndex) _up;

    public FrameResampling(CodecConfig config, IWeights weights, StateIndices indices)
    {
        var (width, taps, groups, causal) = (config.Dimension, config.FrameKernel, config.FrameGroups, config.Padding == CodecPadding.Causal);
        _down = (weights.Get("downsample.weight", width, width, taps), ConvSpec.Framed(taps, Stride, causal: causal, mode: PadMode.Replicate), indices.Next());
        _up = (weights.Get("upsample.weight", width, width / groups, taps), TransposedConvSpec.Framed(taps, Stride, groups, causal, config.TrimRightRatio), indices.Next());
    }

    public T Down<T>(IOps<T> ops, T x, ref Layout rows, IState? state)
    {
        var y = ops.Conv1d(x, _down.Kernel, null, _down.Spec, rows, state, _down.StateIndex);
        rows = rows.Convolved(_down.Spec);
        return y;
    }

    public T Up<T>(IOps<T> ops, T x, ref Layout rows, IState? state)
    {
        var y = ops.ConvTranspose1d(x, _up.Kernel, null, _up.Spec, rows, state, _up.StateIndex);
        rows = rows.Convolved(_up.Spec);
        return y;
    }
}
