using Qwen2Audio.Formats;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Inference.Whisper;
using Qwen2Audio.Model.Whisper;

namespace Qwen2Audio.Inference.Parity;

/// <summary>Runs a Whisper folder's recorded clips and decoder inputs and compares every recorded output.</summary>
internal sealed class WhisperParityRun(Recording recording, WhisperModel model, InferenceOps ops)
{
    private static readonly string[] Inputs =
        [Recording.DecoderIds, "decoder_attention_mask", RecordedFeatures.Name, "waveform"];

    private readonly WhisperOutputs _outputs = new(recording, model.Config);
    private readonly RecordedFeatures _features = new(recording, model.Config.Encoder.NumMelBins);

    public ParityReport Compare(string folder, string kind)
    {
        if (_features.Clips != recording.Batch)
        {
            throw new CheckpointException(recording.Path, $"tensor \"{RecordedFeatures.Name}\"", $"{_features.Clips} clips",
                $"{recording.Batch}, one for each row of {Recording.DecoderIds}");
        }

        _features.Compare(_outputs.Comparisons);
        ops.Probe = _outputs;
        var frames = _features.Layout;
        _outputs.AudioRows = frames.Convolved(model.Encoder.Conv1).Convolved(model.Encoder.Conv2);
        var cross = model.Encode(ops, _features.Input(ops), frames);
        var hidden = model.Hidden(ops, model.Embed(ops, recording.TokenIds, recording.Rows), recording.Rows, cross);
        _outputs.Comparisons.Rows("logits", model.Logits(ops, hidden));
        ops.Probe = null;
        ops.Reset();
        if (_outputs.Comparisons.Of("generated_ids") is { } generated) Generate(generated);
        return new ParityReport(folder, kind, _outputs.Comparisons.Results, _outputs.Comparisons.Unknown(Inputs));
    }

    /// <summary>Decodes greedily from the start token alone, without suppressed or end tokens.</summary>
    private void Generate(Comparison comparison)
    {
        var shape = recording.Shape(comparison.Tensor, 2);
        if (shape[0] != _features.Clips || shape[1] < 1 || shape[1] > model.Config.MaxTargetPositions + 1)
        {
            throw new CheckpointException(recording.Path, $"tensor \"{comparison.Tensor}\"", $"shape [{string.Join(", ", shape)}]",
                $"[{_features.Clips}, 1…{model.Config.MaxTargetPositions + 1}]");
        }

        var recorded = recording.Integers(comparison.Tensor);
        using var session = new WhisperSession(model, ops, _features.Clips);
        session.Encode(_features.Rows(), _features.Layout);
        var tokens = new int[_features.Clips];
        Array.Fill(tokens, model.Config.DecoderStartTokenId);
        for (var step = 0; ; step++)
        {
            for (var clip = 0; clip < tokens.Length; clip++) comparison.Add(tokens[clip], recorded[clip * shape[1] + step]);
            if (step + 1 == shape[1]) return;
            var logits = session.Feed(tokens);
            for (var clip = 0; clip < tokens.Length; clip++) tokens[clip] = new GreedySampler().Choose(logits.Row(clip), clip);
        }
    }
}
