using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.Speech;

/// <summary>A clip encoded as features and ids.</summary>
/// <param name="Features">Normalised log-mel [frames × bins].</param>
/// <param name="Frames">Number of mel frames.</param>
/// <param name="Task">The task's control token.</param>
/// <param name="Text">Ids of the answer.</param>
/// <param name="Spoken">Ids of the spoken text, for CTC (empty: no speech); null: the clip has no CTC loss.</param>
/// <param name="Phones">Phone classes for the phone CTC; null: the clip has no phone loss.</param>
internal sealed record EncodedExample(float[] Features, int Frames, int Task, int[] Text, int[]? Spoken, int[]? Phones)
{
    /// <summary>Weight of the answer in the decoder's loss.</summary>
    public float DecoderWeight { get; init; } = 1;
}

/// <summary>Ids of the tokens around audio and text.</summary>
internal sealed record PromptTokens(int Audio, int Go, int End, int FirstText, int VocabSize);

/// <summary>
/// The clips of one step without padding: <c>[task] [audio …] [go] text …</c>, concatenated; <c>[end]</c> is the last label. Logits are computed only for the rows that
/// predict text.
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
        var weights = new List<float>();
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
                weights.Add(example.DecoderWeight);
            }
        }

        Ids = [.. ids];
        Tokens = Layout.Of([.. lengths]);
        LabelRows = [.. labelRows];
        Labels = [.. labels];
        LabelWeights = [.. weights];
        Spoken = [.. examples.Select(example => example.Spoken)];
        Phones = [.. examples.Select(example => example.Phones)];
    }

    /// <summary>Log-mel rows [frames × bins].</summary>
    public float[] Mel { get; }

    /// <summary>Layout of the mel frames.</summary>
    public Layout Frames { get; }

    /// <summary>Layout of the encoder's rows (those of CTC).</summary>
    public Layout Rows { get; }

    /// <summary>Number of audio rows in the decoder.</summary>
    public int AudioRows { get; }

    /// <summary>Token ids of the decoder's rows.</summary>
    public int[] Ids { get; }

    /// <summary>Layout of the decoder's rows.</summary>
    public Layout Tokens { get; }

    /// <summary>Rows that predict text or the end token.</summary>
    public int[] LabelRows { get; }

    /// <summary>The tokens that they predict.</summary>
    public int[] Labels { get; }

    /// <summary>Their weights in the decoder's loss.</summary>
    public float[] LabelWeights { get; }

    /// <summary>Whether the batch has no loss: there are fewer clips than ranks, and this rank only takes part in the step.</summary>
    public bool IsIdle { get; private init; }

    /// <summary>Chunks in which the encoder runs; null: it sees whole clips.</summary>
    public EncoderChunks? Chunks { get; init; }

    /// <summary>CTC targets.</summary>
    public int[]?[] Spoken { get; }

    /// <summary>Phone CTC targets.</summary>
    public int[]?[] Phones { get; }

    /// <summary>Lays out clips; rejects clips that are too short for one audio row.</summary>
    public static SpeechBatch Pack(IReadOnlyList<EncodedExample> examples, AudioEncoderModel encoder, PromptTokens tokens, EncoderChunks? chunks = null)
    {
        if (examples.Count == 0) throw new ArgumentException("A batch needs at least one clip.", nameof(examples));
        foreach (var example in examples)
        {
            var rows = encoder.Conv2.OutputLength(encoder.Conv1.OutputLength(example.Frames)) / 2;
            if (rows < 1 || example.Features.Length != example.Frames * encoder.Config.NumMelBins)
                throw new ArgumentException(
                    $"A clip of {example.Frames} frames with {example.Features.Length} numbers makes {rows} audio rows.", nameof(examples));
        }

        return new SpeechBatch(examples, encoder, tokens) { Chunks = chunks };
    }

    /// <summary>A batch without loss, for a rank without clips.</summary>
    public static SpeechBatch Idle(EncodedExample any, AudioEncoderModel encoder, PromptTokens tokens)
    {
        var batch = new SpeechBatch([any with { Spoken = null, Phones = null }], encoder, tokens) { IsIdle = true };
        Array.Fill(batch.Labels, CrossEntropyLoss.LeftOut);
        return batch;
    }

    /// <summary>The ids with a random fraction of the text tokens replaced (a pure function of the seed), which forces the decoder to use the audio.</summary>
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

    /// <summary>Targets and factors of one CTC loss; clips without a target have factor 0.</summary>
    public static (int[][] Targets, float[] Factors) CtcTargets(int[]?[] targets, float factor) =>
        ([.. targets.Select(target => target ?? [])], [.. targets.Select(target => target is null ? 0 : factor)]);

    /// <summary>Number of labels in one CTC loss; an empty target counts as one.</summary>
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
