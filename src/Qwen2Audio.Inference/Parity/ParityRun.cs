using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Inference.Parity;

/// <summary>
/// Runs the recorded inputs of a folder's expected.safetensors through its model and compares every recorded output,
/// with bounds for float32 arithmetic.
/// </summary>
public sealed class ParityRun
{
    private readonly Recording _recording;
    private readonly LoadedModel _model;
    private readonly InferenceOps _ops;
    private readonly RecordedOutputs _outputs;
    private readonly int _clips;

    private ParityRun(Recording recording, LoadedModel model, InferenceOps ops)
    {
        _recording = recording;
        _model = model;
        _ops = ops;
        _clips = model.Audio is not null && recording.Has(RecordedFeatures.Name) ? recording.Shape(RecordedFeatures.Name, 3)[0] : 0;
        _outputs = new RecordedOutputs(recording, model.Decoder.Config.NumHiddenLayers, _clips);
    }

    /// <summary>Compares a folder.</summary>
    /// <exception cref="CheckpointException">expected.safetensors is missing, its inputs do not fit the model, or the checkpoint is damaged.</exception>
    /// <exception cref="ConfigException">The kind of model or one of its settings is not supported.</exception>
    public static ParityReport Of(string folder, WorkerPool pool)
    {
        using var source = ModelSource.Open(folder);
        using var ops = new InferenceOps(pool);
        if (source.Has(ModelPart.Config) && ModelKinds.PublishedCodecs.Contains(source.Config.StringOr("model_type", "")))
        {
            using var recorded = RecordedTensors.Open(folder);
            using var codec = LoadedCodec.Of(source);
            return new CodecParityRun(recorded, codec, ops).Compare(folder);
        }

        using var recording = Recording.Open(folder);
        using var model = LoadedModel.Of(source);
        return model.Whisper is { } whisper
            ? new WhisperParityRun(recording, whisper, ops).Compare(folder, model.Kind)
            : new ParityRun(recording, model, ops).Compare(folder);
    }

    private static readonly string[] Inputs =
        ["input_ids", "attention_mask", RecordedFeatures.Name, RecordedFeatures.Mask, "waveform"];

    private ParityReport Compare(string folder)
    {
        _ops.Probe = _outputs;
        var hidden = _model.Decoder.Hidden(_ops, Prompt(), _recording.Rows);
        var logits = _model.Decoder.Logits(_ops, hidden);
        _outputs.Comparisons.Rows("logits", logits);
        new RecordedLosses(_recording, _model.Decoder.Config, _outputs).Compare(logits);
        _ops.Probe = null;
        if (_outputs.Of("generated_ids") is { } generated) Generate(generated);
        return new ParityReport(folder, _model.Kind, _outputs.Comparisons.Results, _outputs.Comparisons.Unknown(Inputs));
    }

    /// <summary>The embedded prompts, with audio.</summary>
    private Matrix Prompt()
    {
        var ids = _recording.TokenIds;
        if (_model.Audio is not { } audio) return _model.Decoder.Embed(_ops, ids);
        var rows = _clips == 0 ? default : new RecordedAudio(_recording, audio).Encode(_ops, _outputs);
        return audio.Embed(_ops, ids, rows, rows.Rows);
    }

    private void Generate(Comparison comparison)
    {
        var shape = _recording.Shape(comparison.Tensor, 2);
        var recorded = _recording.Integers(comparison.Tensor);
        var first = _recording.Positions;
        if (shape[0] != _recording.Batch || shape[1] < first)
        {
            throw new CheckpointException(_recording.Path, $"tensor \"{comparison.Tensor}\"", $"shape [{string.Join(", ", shape)}]",
                $"[{_recording.Batch}, {first} or more]");
        }

        // The references suppress the end token unless it was recorded, in which case decoding ended there.
        int[] ends = [.. EndTokens.OfModel(_model.Source).Where(token => token < _model.Decoder.Config.VocabSize)];
        var steps = shape[1] - first;
        var ended = Enumerable.Range(0, recorded.Length).Any(i => i % shape[1] >= first && ends.Contains(recorded[i]));
        var options = new GenerationOptions
        {
            MaxNewTokens = steps,
            EndTokens = ended ? ends : [],
            SuppressedTokens = ended ? [] : ends,
        };
        _ops.Reset();
        var made = new TokenGenerator(new Qwen2Decoder(_model.Decoder), _ops).Generate(Prompt(), _recording.Rows, options);
        for (var sequence = 0; sequence < made.Count; sequence++)
        {
            IReadOnlyList<int> tokens = made[sequence].EndToken is { } end ? [.. made[sequence].Tokens, end] : made[sequence].Tokens;
            for (var i = 0; i < steps; i++)
            {
                var expected = recorded[sequence * shape[1] + first + i];
                comparison.Add(i < tokens.Count ? tokens[i] : -1, expected);
                if (ended && ends.Contains(expected)) break;
            }
        }
    }
}
