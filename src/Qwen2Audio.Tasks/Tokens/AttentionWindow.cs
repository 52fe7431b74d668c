using Qwen2Audio.Audio;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Model.Codec;

namespace Qwen2Audio.Tasks.Tokens;

/// <summary>
/// Mimi's transformers attend to their window only, as in its training, so that memory stays the same for a sound of any length. transformers does not apply the
/// window, so its results differ from the end of the first window on.
/// </summary>
internal static class AttentionWindow
{
    /// <summary>The warning for a sound of this length; null if it fits into the window, or the codec has none.</summary>
    /// <param name="codec">The codec.</param>
    /// <param name="samples">Samples of a channel.</param>
    /// <param name="what">What may differ: "codes" or "samples".</param>
    public static AudioWarning? Warning(LoadedCodec codec, long samples, string what)
    {
        if (codec.Config is not CodecConfig { Transformer.Window: > 0 and var window } config) return null;
        var most = (long)window * config.Hop;
        return samples <= most ? null : new AudioWarning(AudioWarningCode.AttentionWindow, FormattableString.Invariant(
            $"The sound is longer than the attention window of {codec.Kind} ({(double)most / config.SamplingRate:0.##} s). Here attention ends at the window, as in training; in transformers it does not, so some {what} after the first {(double)most / config.SamplingRate:0.##} s may differ from those of transformers."));
    }
}
