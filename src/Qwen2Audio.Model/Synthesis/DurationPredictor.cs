namespace Qwen2Audio.Model.Synthesis;

/// <summary>How long phones last: embeddings of phone and voice, a linear map of the speaker's, two convolutions over the phones, and ln(frames + ½).</summary>
public sealed class DurationPredictor
{
    private const int Kernel = 5;
    private static readonly ConvSpec Spec = new(Kernel, 1, 1, Kernel / 2, Kernel / 2);
    private readonly IWeight _phones;
    private readonly IWeight _voices;
    private readonly (IWeight Weight, int Width)? _speaker;
    private readonly (IWeight Kernel, IWeight Bias) _first;
    private readonly (IWeight Kernel, IWeight Bias) _second;
    private readonly (IWeight Weight, IWeight Bias) _out;

    internal DurationPredictor(SynthesisConfig config, IWeights weights)
    {
        var (width, embedding) = (config.DurationWidth, config.DurationWidth / 2);
        _phones = weights.Get("phones.weight", config.Phones, embedding);
        _voices = weights.Get("voices.weight", config.Voices.Count + 1, embedding);
        _speaker = config.SpeakerWidth > 0 ? (weights.Get("speaker.weight", embedding, config.SpeakerWidth), config.SpeakerWidth) : null;
        _first = (weights.Get("conv1.weight", width, embedding, Kernel), weights.Get("conv1.bias", width));
        _second = (weights.Get("conv2.weight", width, width, Kernel), weights.Get("conv2.bias", width));
        _out = (weights.Get("out.weight", 1, width), weights.Get("out.bias", 1));
    }

    /// <summary>ln(frames + ½) of each phone, [phones, 1].</summary>
    /// <param name="ops">The operators.</param>
    /// <param name="phones">The phones of all texts, [phones]; 0: silence.</param>
    /// <param name="voices">The voice of each phone, [phones].</param>
    /// <param name="rows">The texts.</param>
    /// <param name="speakers">How the speaker of each phone sounds, [phones], null where it is unknown; null: unknown everywhere.</param>
    public T Forward<T>(IOps<T> ops, ReadOnlySpan<int> phones, ReadOnlySpan<int> voices, Layout rows, SpeakerEmbedding?[]? speakers = null)
    {
        var x = ops.Embed(_phones, phones);
        ops.Accumulate(ref x, ops.Embed(_voices, voices));
        if (_speaker is var (weight, width) && speakers is not null) ops.Accumulate(ref x, ops.Linear(SpeakerEmbedding.Rows(ops, speakers, width), weight));
        x = ops.Activate(ops.Conv1d(x, _first.Kernel, _first.Bias, Spec, rows), new ActivationSpec(Activation.Gelu));
        ops.Accumulate(ref x, ops.Activate(ops.Conv1d(x, _second.Kernel, _second.Bias, Spec, rows), new ActivationSpec(Activation.Gelu)));
        return ops.Linear(x, _out.Weight, _out.Bias);
    }

    /// <summary>The logarithm that is predicted for a number of frames.</summary>
    public static float Log(int frames) => MathF.Log(frames + 0.5f);

    /// <summary>The number of frames of a predicted logarithm, divided by the speed; at least one.</summary>
    public static int Frames(float log, double speed) => Math.Max(1, (int)Math.Round((Math.Exp(log) - 0.5) / speed));
}
