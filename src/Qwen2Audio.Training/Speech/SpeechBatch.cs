using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.Speech;

/// <summary>A clip with everything in numbers.</summary>
/// <param name="Features">Log-mel [frames × bins], normalised.</param>
/// <param name="Frames">Mel frames.</param>
/// <param name="Task">The task's control token.</param>
/// <param name="Text">Ids of the answer.</param>
/// <param name="Spoken">Ids of what is said, for CTC (empty: nothing is said); null leaves the clip out of CTC.</param>
/// <param name="Phones">Phone classes for the phone CTC; null leaves the clip out.</param>
internal sealed record EncodedExample(float[] Features, int Frames, int Task, int[] Text, int[]? Spoken, int[]? Phones);

/// <summary>Ids of the tokens around audio and text.</summary>
public sealed record PromptTokens(int Audio, int Go, int End, int FirstText, int VocabSize);

/// <summary>
/// Clips laid out for one step, without padding: <c>[task] [audio …] [go] text … [end]</c> one after another. Only the rows that
/// predict text are compared, so the vocabulary's logits are computed for them alone.
/// </summary>
internal sealed class SpeechBatch
{
    private SpeechBatch(IReadOnlyList<EncodedExample> examples, AudioEncoderModel encoder, PromptTokens tokens)
    {
        Frames = Layout.Of([.. examples.Select(example => example.Frames)]);
        Rows = Frames.Convolved(encoder.Conv1).Convolved(encoder.Conv2);
        var pooled = Rows.Halved();
        AudioRows = pooled.Rows;
        Mel = new float[checked(Frames.Rows * encoder.Config.NumMelBins)];
        var offset = 0;
        List<int> ids = [], labelRows = [], labels = [], lengths = [];
        for (var i = 0; i < examples.Count; i++)
        {
            var example = examples[i];
            example.Features.CopyTo(Mel, offset);
            offset += example.Features.Length;
            var start = ids.Count;
            ids.Add(example.Task);
            for (var j = 0; j < pooled.Length(i); j++) ids.Add(tokens.Audio);
            ids.Add(tokens.Go);
            ids.AddRange(example.Text);
            lengths.Add(ids.Count - start);
            for (var j = 0; j <= example.Text.Length; j++)
            {
                labelRows.Add(ids.Count - example.Text.Length - 1 + j);
                labels.Add(j < example.Text.Length ? example.Text[j] : tokens.End);
            }
        }

        Ids = [.. ids];
        Tokens = Layout.Of([.. lengths]);
        LabelRows = [.. labelRows];
        Labels = [.. labels];
        Spoken = [.. examples.Select(example => example.Spoken)];
        Phones = [.. examples.Select(example => example.Phones)];
    }

    /// <summary>Log-mel rows [frames × bins].</summary>
    public float[] Mel { get; }

    /// <summary>Layout of the mel frames.</summary>
    public Layout Frames { get; }

    /// <summary>Layout of the encoder's rows (those of CTC).</summary>
    public Layout Rows { get; }

    /// <summary>Audio rows in the decoder.</summary>
    public int AudioRows { get; }

    /// <summary>Token ids of the decoder's rows.</summary>
    public int[] Ids { get; }

    /// <summary>Layout of the decoder's rows.</summary>
    public Layout Tokens { get; }

    /// <summary>Rows that predict text or the end.</summary>
    public int[] LabelRows { get; }

    /// <summary>What they must predict.</summary>
    public int[] Labels { get; }

    /// <summary>There are fewer clips than ranks: the batch keeps its rank in step and counts for nothing.</summary>
    public bool IsIdle { get; private init; }

    /// <summary>CTC targets.</summary>
    public int[]?[] Spoken { get; }

    /// <summary>Phone CTC targets.</summary>
    public int[]?[] Phones { get; }

    /// <summary>Lays out clips; those that are too short for one audio row are refused.</summary>
    public static SpeechBatch Pack(IReadOnlyList<EncodedExample> examples, AudioEncoderModel encoder, PromptTokens tokens)
    {
        if (examples.Count == 0) throw new ArgumentException("A batch needs at least one clip.", nameof(examples));
        foreach (var example in examples)
        {
            var rows = encoder.Conv2.OutputLength(encoder.Conv1.OutputLength(example.Frames)) / 2;
            if (rows < 1 || example.Features.Length != example.Frames * encoder.Config.NumMelBins)
                throw new ArgumentException(
                    $"A clip of {example.Frames} frames with {example.Features.Length} numbers makes {rows} audio rows.", nameof(examples));
        }

        return new SpeechBatch(examples, encoder, tokens);
    }

    /// <summary>A batch of which nothing counts, for a rank for which there is no clip.</summary>
    public static SpeechBatch Idle(EncodedExample any, AudioEncoderModel encoder, PromptTokens tokens)
    {
        var batch = new SpeechBatch([any with { Spoken = null, Phones = null }], encoder, tokens) { IsIdle = true };
        Array.Fill(batch.Labels, CrossEntropyLoss.LeftOut);
        return batch;
    }

    /// <summary>The ids with a share of the text tokens replaced at random (a pure function of the seed): the decoder must listen.</summary>
    public int[] NoisyIds(PromptTokens tokens, double share, ulong seed)
    {
        var noisy = (int[])Ids.Clone();
        if (share <= 0) return noisy;
        var random = new Random(unchecked((int)(seed ^ (seed >> 32)))); // seeded: the same sequence in every run
        for (var i = 0; i < noisy.Length; i++)
        {
            if (noisy[i] < tokens.FirstText) continue;
            if (random.NextDouble() < share) noisy[i] = random.Next(tokens.FirstText, tokens.VocabSize);
        }

        return noisy;
    }

    /// <summary>Targets and factors of one CTC loss; clips without a target count for nothing.</summary>
    public static (int[][] Targets, float[] Factors) CtcTargets(int[]?[] targets, float factor) =>
        ([.. targets.Select(target => target ?? [])], [.. targets.Select(target => target is null ? 0 : factor)]);

    /// <summary>Labels that one CTC loss counts; an empty target counts as one.</summary>
    public int CtcLabels(int[]?[] targets)
    {
        var labels = 0;
        for (var i = 0; i < targets.Length; i++)
        {
            if (targets[i] is not { } target || Rows.Length(i) < CtcLoss.FramesNeeded(target)) continue;
            labels += Math.Max(1, target.Length);
        }

        return labels;
    }
}
