using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Model;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>A small model (model_type qwen2_audio_ctc): Qwen2-Audio with a CTC head on the encoder's rows.</summary>
internal sealed class SpeechNetwork : ISpeechNetwork, IDisposable
{
    /// <summary>Decoder rows reserved for text.</summary>
    public const int ReservedTextTokens = 64;

    /// <summary>Decoder rows of a prompt in addition to the audio rows.</summary>
    public const int PromptTokens = 2;

    private readonly Qwen2AudioModel _model;
    private readonly InferenceOps _ops;
    private readonly NormalisedLogMel _features;
    private readonly Qwen2Decoder _decoder;
    private readonly Stack<SequenceState> _states = new(); // not in use by a caller

    public SpeechNetwork(Qwen2AudioModel model, InferenceOps ops, BytePairTokenizer tokenizer, SpeechSettings settings, FeatureSettings features)
    {
        (_model, _ops, Tokenizer, Settings, _features) = (model, ops, tokenizer, settings, new NormalisedLogMel(features));
        var encoder = model.Config.AudioConfig;
        RowSeconds = (double)features.HopLength / features.SamplingRate * encoder.Conv1Stride * encoder.Conv2Stride;
        var rows = Math.Min(encoder.MaxSourcePositions, 2 * (model.Config.TextConfig.MaxPositionEmbeddings - ReservedTextTokens - PromptTokens));
        LongestSeconds = rows * RowSeconds;
        LongestText = model.Config.TextConfig.MaxPositionEmbeddings - PromptTokens - (rows + 1) / 2;
        _decoder = new Qwen2Decoder(model.Decoder);
    }

    public SpeechSettings Settings { get; }

    public BytePairTokenizer Tokenizer { get; }

    public int SampleRate => _features.Settings.SamplingRate;

    public double LongestSeconds { get; }

    public int LongestText { get; }

    /// <summary>Encoder rows of the longest clip that is padded as a short one.</summary>
    public static int MinRows(Qwen2AudioConfig config, FeatureSettings features)
    {
        var frames = (features.ShortClipSeconds + 2 * features.ShortClipPadding) * features.SamplingRate / features.HopLength;
        return Math.Max(2, (int)Math.Ceiling(frames / config.AudioConfig.Conv1Stride / config.AudioConfig.Conv2Stride));
    }

    /// <summary>Seconds per encoder row.</summary>
    public double RowSeconds { get; }

    public EncodedPiece? Encode(ReadOnlySpan<float> samples, double start)
    {
        if (AudioRows((samples.Length + _features.Settings.HopLength - 1) / _features.Settings.HopLength) == 0) return null;
        var mel = _features.Compute(samples, out var frames);
        _ops.Reset();
        var encoded = _model.Encoder.Forward(_ops, _ops.Input(mel, frames, mel.Length / frames), Layout.Of(frames));
        var audio = _model.Project(_ops, encoded.Pooled);                   // [audio rows, hidden]
        return new EncodedPiece
        {
            Start = start,
            Seconds = (double)samples.Length / SampleRate,
            Levels = new SoundLevels(samples, SampleRate),
            Ctc = CtcPosteriors.FromLogits(encoded.Ctc.Span, encoded.Ctc.Rows, encoded.Ctc.Columns),
            Phones = Phones(encoded),
            RowSeconds = RowSeconds,
            Padding = (double)_features.PaddingFrames(samples.Length) * _features.Settings.HopLength / SampleRate,
            Audio = audio.Span.ToArray(),
            AudioRows = audio.Rows,
        };
    }

    /// <summary>Log probabilities of the phones; null if the model has no head for the phones of <see cref="PhoneSet"/>.</summary>
    internal static CtcPosteriors? Phones(EncoderOutput<Matrix> encoded) =>
        encoded.Phones.Columns == PhoneSet.Count ? CtcPosteriors.FromLogits(encoded.Phones.Span, encoded.Phones.Rows, encoded.Phones.Columns) : null;

    public double? StreamingDelay => _model.Config.AudioConfig.Chunks is { Rows: var rows } ? rows * RowSeconds + (double)StreamingLogMel.Delay / SampleRate : null;

    public IUtteranceEncoder Begin() => new UtteranceEncoder(_model, _ops, _features, _model.Config.AudioConfig.Chunks!.Value);

    public double[] Score(EncodedPiece piece, string task, IReadOnlyList<int[]> texts)
    {
        if (texts.Count == 0) return [];
        var state = Reserve(Rows(piece) + texts.Max(text => text.Length));
        try
        {
            var session = new DecodingSession(_decoder, _ops, state);
            var next = session.Admit(Prompt(piece, task), Layout.Of(Rows(piece))).Row(0).ToArray();
            return ContinuationScores.Of(session, 0, next, [.. texts.Select(text => (int[])[.. text, Settings.EndToken])]);
        }
        finally
        {
            _states.Push(state);
        }
    }

    public DecodedText Decode(EncodedPiece piece, string task, int width)
    {
        var most = Math.Min(16 + piece.AudioRows, _model.Config.TextConfig.MaxPositionEmbeddings - Rows(piece));
        var excluded = WordUnits.NotText(Tokenizer, _model.Config.TextConfig.VocabSize);
        excluded.Remove(Settings.EndToken);
        var made = new TokenGenerator(_decoder, _ops).Generate(Prompt(piece, task), Layout.Of(Rows(piece)), new GenerationOptions
        {
            MaxNewTokens = most + 1, // including the end token
            Beams = width,
            LengthPenalty = 0,
            EarlyStopping = EarlyStopping.Never,
            EndTokens = [Settings.EndToken],
            SuppressedTokens = [.. excluded],
        })[0];
        int[] ids = [.. made.Tokens.Take(most)];
        if (made.EndToken is null) return new DecodedText(ids, made.Score, Ended: false);
        return new DecodedText(ids, Score(piece, task, [ids])[0], Ended: true); // scored again: greedy decoding normalises over the allowed tokens
    }

    public void Dispose()
    {
        foreach (var state in _states) state.Dispose();
    }

    private static int Rows(EncodedPiece piece) => piece.AudioRows + PromptTokens;

    /// <summary>The rows of <c>[task] [audio …] [go]</c>.</summary>
    private Matrix Prompt(EncodedPiece piece, string task)
    {
        var prompt = new int[Rows(piece)];
        prompt.AsSpan().Fill(_model.Config.AudioTokenIndex);
        (prompt[0], prompt[^1]) = (Tokenizer.ControlId($"<|{task}|>"), Tokenizer.ControlId("<|go|>"));
        _ops.Reset();
        return _model.Embed(_ops, prompt, _ops.Input(piece.Audio, piece.AudioRows, _model.Config.TextConfig.HiddenSize), piece.AudioRows);
    }

    private SequenceState Reserve(int rows)
    {
        if (_states.TryPop(out var state) && state.Capacity >= rows) return state;
        state?.Dispose();
        return new SequenceState(1, Math.Max(rows, 128));
    }

    private int AudioRows(int frames) => _model.Encoder.Conv2.OutputLength(_model.Encoder.Conv1.OutputLength(frames)) / 2;
}
