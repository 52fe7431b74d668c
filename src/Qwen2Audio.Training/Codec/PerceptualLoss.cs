using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Codec;

/// <summary>
/// Compares what a recogniser makes of decoded audio and of the recording: the outputs of its encoder's blocks (a perceptual loss, 1603.08155) and
/// its CTC posteriors. Gradients flow through the recogniser and its features to the decoded audio.
/// </summary>
internal sealed class PerceptualLoss
{
    private readonly AudioEncoderModel _encoder;
    private readonly float[] _mean;
    private readonly float[] _deviation;
    private readonly HashSet<Site> _blocks;

    /// <summary>A loss by the blocks of an encoder with frozen weights.</summary>
    /// <param name="encoder">The recogniser's encoder.</param>
    /// <param name="mean">Of each mel bin.</param>
    /// <param name="deviation">Of each mel bin.</param>
    /// <param name="blocks">The blocks that are compared, from 1; empty: all.</param>
    public PerceptualLoss(AudioEncoderModel encoder, float[] mean, float[] deviation, IReadOnlyList<int> blocks)
    {
        (_encoder, _mean, _deviation) = (encoder, mean, deviation);
        _blocks = [.. (blocks.Count > 0 ? blocks : [.. Enumerable.Range(1, encoder.Config.EncoderLayers)]).Select(encoder.OutputOf)];
    }

    /// <summary>
    /// Adds the weighted gradients to the decoded audio. Blocks: the mean over blocks and crops of mean |a − b| / mean |b|. Posteriors: the mean over rows of
    /// the divergence from the recording's, of the phone head if there is one, otherwise of the text head.
    /// </summary>
    /// <param name="decoded">[crops, samples] at 16 kHz.</param>
    /// <param name="sounds">The recordings, of the same shape.</param>
    /// <param name="ofBlocks">Weight of the blocks in the total.</param>
    /// <param name="ofPosteriors">Weight of the posteriors; 0: they are not compared.</param>
    public (double Blocks, double Posteriors) Add(TrainingOps ops, Variable decoded, float[] sounds, float ofBlocks, float ofPosteriors)
    {
        var mel = RecogniserMel.Of(sounds, decoded.Value.Rows, _mean, _deviation);
        var wanted = Run(ops, mel.Input(ops), mel.Frames);
        var found = Run(ops, ops.RecogniserMel(decoded, mel.Clips, _mean, _deviation), mel.Frames);
        var blocks = ofBlocks > 0 ? FeatureMatchingLoss.Add(ops, [wanted.Blocks], [found.Blocks], relative: true, ofBlocks) : 0;
        var posteriors = ofPosteriors > 0 ? DivergenceLoss.Add(ops, found.Logits!, wanted.Logits!, ofPosteriors) : 0;
        return (blocks, posteriors);
    }

    private (List<Variable> Blocks, Variable? Logits) Run(TrainingOps ops, Variable mel, Layout frames)
    {
        var blocks = new List<Variable>();
        ops.VariableListener = (site, value) =>
        {
            if (_blocks.Contains(site)) blocks.Add(value);
        };
        try
        {
            var output = _encoder.Forward(ops, mel, frames);
            return ([.. blocks.SelectMany(block => Enumerable.Range(0, frames.Sequences).Select(crop => Crop(ops, block, output.Rows, crop)))], output.Phones ?? output.Ctc);
        }
        finally
        {
            ops.VariableListener = null;
        }
    }

    private static Variable Crop(TrainingOps ops, Variable block, Layout rows, int crop) =>
        ops.TakeRows(block, [.. Enumerable.Range(rows.Starts[crop], rows.Length(crop))]);
}
