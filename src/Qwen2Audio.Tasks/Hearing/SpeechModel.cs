using Qwen2Audio.Inference;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Hearing;

/// <summary>A model of the small form (model_type qwen2_audio_ctc): Qwen2-Audio with a CTC head on the encoder's rows.</summary>
internal sealed class SpeechModel : ISpeechModel, IDisposable
{
    /// <summary>Decoder rows that are kept free for text.</summary>
    public const int TextRoom = 64;

    /// <summary>Decoder rows of a prompt beside those of audio.</summary>
    public const int PromptTokens = 2;

    private readonly Qwen2AudioModel _model;
    private readonly InferenceOps _ops;
    private readonly SpeechFeatures _features;
    private readonly PrefixCache _cache;

    public SpeechModel(Qwen2AudioModel model, InferenceOps ops, BytePairTokenizer tokenizer, SpeechSettings settings, FeatureSettings features)
    {
        (_model, _ops, Tokenizer, Settings, _features) = (model, ops, tokenizer, settings, new SpeechFeatures(features));
        var encoder = model.Config.AudioConfig;
        RowSeconds = (double)features.HopLength / features.SamplingRate * encoder.Conv1Stride * encoder.Conv2Stride;
        var rows = Math.Min(encoder.MaxSourcePositions, 2 * (model.Config.TextConfig.MaxPositionEmbeddings - TextRoom - PromptTokens));
        LongestSeconds = rows * RowSeconds;
        LongestText = model.Config.TextConfig.MaxPositionEmbeddings - PromptTokens - (rows + 1) / 2;
        _cache = new PrefixCache(model, ops, tokenizer);
    }

    /// <inheritdoc/>
    public SpeechSettings Settings { get; }

    /// <inheritdoc/>
    public BytePairTokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public int SampleRate => _features.Settings.SamplingRate;

    /// <inheritdoc/>
    public double LongestSeconds { get; }

    /// <inheritdoc/>
    public int LongestText { get; }

    /// <inheritdoc/>
    public CancellationToken Cancellation
    {
        get => _ops.Cancellation;
        set => _ops.Cancellation = value;
    }

    /// <summary>Encoder rows that the longest of those clips takes that get padding.</summary>
    public static int LeastRows(Qwen2AudioConfig config, FeatureSettings features)
    {
        var frames = (features.ShortClipSeconds + 2 * features.ShortClipPadding) * features.SamplingRate / features.HopLength;
        return Math.Max(2, (int)Math.Ceiling(frames / config.AudioConfig.Conv1Stride / config.AudioConfig.Conv2Stride));
    }

    /// <summary>Seconds that a row of the encoder covers.</summary>
    public double RowSeconds { get; }

    /// <inheritdoc/>
    public HeardPiece? Hear(ReadOnlySpan<float> samples, double start)
    {
        if (AudioRows((samples.Length + _features.Settings.HopLength - 1) / _features.Settings.HopLength) == 0) return null;
        var mel = _features.Compute(samples, out var frames);
        _ops.Reset();
        var encoded = _model.Encoder.Forward(_ops, _ops.Input(mel, frames, mel.Length / frames), Layout.Of(frames));
        var audio = _model.Project(_ops, encoded.Pooled);                   // [audio rows, hidden]
        return new HeardPiece
        {
            Start = start,
            Seconds = (double)samples.Length / SampleRate,
            Levels = new SoundLevels(samples, SampleRate),
            Ctc = CtcPosteriors.FromLogits(encoded.Ctc.Span, encoded.Ctc.Rows, encoded.Ctc.Columns),
            RowSeconds = RowSeconds,
            Padding = (double)_features.PaddingFrames(samples.Length) * _features.Settings.HopLength / SampleRate,
            Audio = audio.Span.ToArray(),
            AudioRows = audio.Rows,
        };
    }

    /// <inheritdoc/>
    public double[] Score(HeardPiece piece, string task, IReadOnlyList<int[]> texts)
    {
        _ops.Reset();
        var longest = texts.Count == 0 ? 0 : texts.Max(text => text.Length);
        var prefix = _cache.Fill(piece, task, slots: 1, longest);
        var first = _cache.LogProbabilities(prefix.Hidden, 0);
        var scores = new double[texts.Count];
        for (var i = 0; i < scores.Length; i++) scores[i] = Score(texts[i], first, prefix.Rows);
        return scores;
    }

    /// <inheritdoc/>
    public DecodedText Decode(HeardPiece piece, string task, int width)
    {
        _ops.Reset();
        var most = Math.Min(16 + piece.AudioRows, _model.Config.TextConfig.MaxPositionEmbeddings - piece.AudioRows - 2);
        var barred = WordUnits.NotText(Tokenizer, _model.Config.TextConfig.VocabSize);
        barred.Remove(Settings.EndToken);
        return new DecoderBeam(_cache, width, most, Settings.EndToken, barred).Search(piece, task);
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    private double Score(int[] text, float[] first, int prefixRows)
    {
        if (text.Length == 0) return first[Settings.EndToken];
        var hidden = _cache.Continue([text], [prefixRows], [0]);
        return first[text[0]] + _cache.LogProbability(hidden, [.. text.AsSpan(1), Settings.EndToken]);
    }

    private int AudioRows(int frames) => _model.Encoder.Conv2.OutputLength(_model.Encoder.Conv1.OutputLength(frames)) / 2;
}
