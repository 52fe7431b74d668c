using Qwen2Audio.Inference.Whisper;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>
/// Decodes a window's text, at rising temperatures until the text passes the thresholds (openai/whisper <c>decode_with_fallback</c>).
/// Beam search is used at temperature 0 only.
/// </summary>
internal sealed class WindowDecoder(
    WhisperTextDecoder writer, WhisperTokens tokens, BytePairTokenizer tokenizer, WhisperOptions options, WhisperBeams beams)
{
    /// <summary>The first text that passes, otherwise the last one, with its compression ratio.</summary>
    public (WhisperText Text, double CompressionRatio) Write(int[] prefix, int maxTokens, int window, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            var temperature = options.Temperatures[attempt];
            var seed = unchecked((ulong)((options.Seed * 31L + window) * 31 + attempt));
            var text = temperature == 0 && beams.Beams > 1
                ? writer.Write(prefix, options.Timestamps, maxTokens, beams, cancellation)
                : writer.Write(prefix, options.Timestamps, maxTokens, temperature, seed, cancellation);
            var ratio = HallucinationSigns.CompressionRatio(Text(text.Tokens));
            if (attempt + 1 == options.Temperatures.Count || Passes(text, ratio)) return (text, ratio);
        }
    }

    /// <summary>True when the window has no speech: the model says so, and the text's probability is low.</summary>
    public bool IsSilent(WhisperText text) =>
        text.NoSpeechProbability > options.NoSpeechThreshold && !(text.AverageLogProbability > options.LogProbabilityThreshold);

    /// <summary>Decodes ids, leaving out timestamps and other control tokens.</summary>
    public string Text(IEnumerable<int> ids) => tokenizer.Decode([.. ids.Where(id => id < tokens.End)]).Trim();

    private bool Passes(WhisperText text, double ratio)
    {
        var unlikely = text.AverageLogProbability < options.LogProbabilityThreshold;
        if (unlikely && text.NoSpeechProbability > options.NoSpeechThreshold) return true;      // silence
        return !unlikely && ratio <= options.CompressionRatioThreshold;
    }
}
