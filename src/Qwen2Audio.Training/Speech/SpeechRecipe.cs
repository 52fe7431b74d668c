using System.Text.Json.Serialization;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Speech;

/// <summary>Everything that decides a training run of the small speech model; read from YAML by <see cref="RecipeFile"/>.</summary>
[RecipeOf("train", RecipeKind.Speech)]
public sealed record SpeechRecipe
{
    /// <summary>Fixes starting weights, data order, augmentation and dropout.</summary>
    public long Seed { get; init; }

    public DataRecipe Data { get; init; } = new();

    public TokenizerRecipe Tokenizer { get; init; } = new();

    public ModelRecipe Model { get; init; } = new();

    public OptimizerRecipe Optimizer { get; init; } = new();

    public PhaseRecipe[] Phases { get; init; } = [];

    public CheckpointRecipe Checkpoints { get; init; } = new();

    /// <summary>The phase of a step of the run, and the step within it.</summary>
    internal (PhaseRecipe Phase, long Step) PhaseOf(long step)
    {
        foreach (var phase in Phases)
        {
            if (step < phase.Steps) return (phase, step);
            step -= phase.Steps;
        }

        throw new ArgumentOutOfRangeException(nameof(step), step, "Beyond the last phase.");
    }
}

/// <summary>Recordings and what is made of them. Paths are relative to the recipe's folder.</summary>
public sealed record DataRecipe
{
    /// <summary>Manifests of recordings (tables or NeMo's JSON lines, by content) and shards, as in <c>an4-{000..012}.tar</c>.</summary>
    public string[] Manifests { get; init; } = [];

    /// <summary>The split to train on.</summary>
    public string Split { get; init; } = "train";

    /// <summary>CMU-format dictionaries for the auxiliary phone loss; those that are missing are skipped with a warning.</summary>
    public string[] Dictionaries { get; init; } = [];

    /// <summary>What the datasets of the manifests are, by the names that <see cref="PhaseRecipe.Draws"/> has.</summary>
    public Dictionary<string, DatasetRecipe> Datasets { get; init; } = new Dictionary<string, DatasetRecipe>(StringComparer.Ordinal);

    /// <summary>Whether rows of a manifest's dataset are read.</summary>
    public bool Uses(string dataset) =>
        !Datasets.Any(pair => pair.Value.Kind == DatasetKind.Unused && SpeechDatasets.From(pair.Key, pair.Value).Contains(dataset, StringComparer.Ordinal));

    /// <summary>Where synthetic speech is made; needed where a dataset is.</summary>
    public SyntheticRecipe? Synthetic { get; init; }

    /// <summary>Most mel frames in a batch.</summary>
    public int FramesPerBatch { get; init; } = 1500;

    /// <summary>Share of draws that ask for a class instead of a transcript, for clips that have one.</summary>
    public double ClassifyShare { get; init; } = 0.5;

    /// <summary>
    /// How many per cent of the rows may be unusable (missing, damaged, repeated, of another length than their row says) before the run
    /// is refused. It changes no result, so it is no part of the fingerprint by which a run knows its recipe.
    /// </summary>
    [JsonIgnore]
    public double MaxSkippedPercent { get; init; } = 5;
}

/// <summary>What the clips of a dataset are: it decides what is asked of them, how they are varied and which labels they give.</summary>
public enum DatasetKind
{
    /// <summary>Speech to be transcribed.</summary>
    Speech,

    /// <summary>Speech in short independent pieces, such as spelled names: short clips of one speaker are joined.</summary>
    Spelled,

    /// <summary>Spoken digits, zero to nine, one or several: the single ones are classified too, and those of one speaker put into rows.</summary>
    Digits,

    /// <summary>One of a closed set of words or phrases; classified too.</summary>
    Keywords,

    /// <summary>Sounds without words, the text being the label; speech is mixed with them.</summary>
    Sounds,

    /// <summary>Not read at all.</summary>
    Unused,
}

/// <summary>A dataset, or several that are drawn as one.</summary>
public sealed record DatasetRecipe
{
    public DatasetKind Kind { get; init; }

    /// <summary>The manifests' names of it; empty: the recipe's own.</summary>
    public string[] From { get; init; } = [];

    /// <summary>Clips to synthesise instead (flite, espeak-ng); of spelled texts, digits and the manifests' keywords.</summary>
    public int Synthetic { get; init; }

    /// <summary>Clips are cut close to the words: there is nothing in them that a pause could be made of.</summary>
    public bool Tight { get; init; }

    /// <summary>Recorded at 8 kHz or the like: the band is not cut a second time.</summary>
    public bool NarrowBand { get; init; }

    /// <summary>How often a text of it counts when merges are learnt.</summary>
    public int TextWeight { get; init; } = 1;
}

/// <summary>Where synthetic clips are made, once, and what decides their texts and voices.</summary>
public sealed record SyntheticRecipe
{
    public string Folder { get; init; } = "";

    public long Seed { get; init; } = 1;
}

/// <summary>Text units.</summary>
public sealed record TokenizerRecipe
{
    /// <summary>Merges beyond single letters.</summary>
    public int Merges { get; init; } = 300;
}

/// <summary>Sizes of the model.</summary>
public sealed record ModelRecipe
{
    public int MelBins { get; init; } = 80;

    public int EncoderWidth { get; init; } = 128;

    public int EncoderLayers { get; init; } = 4;

    public int EncoderHeads { get; init; } = 4;

    public int EncoderFfn { get; init; } = 512;

    public int TimeKernel { get; init; } = 9;

    public int PhoneLayers { get; init; } = 2;

    public int MaxSourcePositions { get; init; } = 750;

    public int DecoderWidth { get; init; } = 128;

    public int DecoderLayers { get; init; } = 2;

    public int DecoderHeads { get; init; } = 4;

    public int DecoderKvHeads { get; init; } = 2;

    public int Experts { get; init; } = 4;

    public int ExpertsPerToken { get; init; } = 2;

    public int ExpertWidth { get; init; } = 128;

    public int SharedExpertWidth { get; init; } = 256;
}

/// <summary>Constants of AdamW.</summary>
public sealed record OptimizerRecipe
{
    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.98;

    public double Epsilon { get; init; } = 1e-8;

    public double WeightDecay { get; init; } = 0.02;

    public double MaxGradientNorm { get; init; } = 1;
}

/// <summary>Shapes of a phase's learning rate after the warm-up: it stays, or falls to <see cref="PhaseRecipe.FinalRatio"/>.</summary>
public enum PhaseSchedule { Constant, Linear, Cosine }

/// <summary>A stretch of training with its own losses, draws and learning rate; Adam starts afresh in each.</summary>
public sealed record PhaseRecipe
{
    public int Steps { get; init; }

    public double LearningRate { get; init; }

    public int WarmupSteps { get; init; }

    /// <summary>Instead of <see cref="WarmupSteps"/>: the share of the phase's steps that are warm-up, rounded up to whole steps.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // runs that began before it was known go on
    public double? WarmupRatio { get; init; }

    /// <summary>How the rate falls after the warm-up.</summary>
    public PhaseSchedule Schedule { get; init; } = PhaseSchedule.Linear;

    /// <summary>Learning rate at the end, as a share of <see cref="LearningRate"/>.</summary>
    public double FinalRatio { get; init; }

    /// <summary>Steps over which dropout and augmentation rise from 0, and the CTC weight from <see cref="CtcStart"/>.</summary>
    public int RampSteps { get; init; }

    public double Dropout { get; init; } = 0.1;

    public double Augmentation { get; init; } = 1;

    public double DecoderWeight { get; init; } = 1;

    public double CtcStart { get; init; } = 0.1;

    public double CtcWeight { get; init; } = 0.4;

    public double PhoneWeight { get; init; } = 1;

    public double BalanceWeight { get; init; } = 0.01;

    /// <summary>Factor of the loss that keeps router logits small: the mean of (log Σ exp)² over rows and layers.</summary>
    public double RouterZWeight { get; init; }

    public double LabelSmoothing { get; init; } = 0.05;

    /// <summary>Share of the decoder's input tokens that are replaced by random ones.</summary>
    public double TokenNoise { get; init; } = 0.1;

    /// <summary>The learning rate of the phase's updates.</summary>
    internal LearningRateSettings Rates
    {
        get
        {
            var rates = new LearningRateSettings
            {
                LearningRate = LearningRate,
                NumWarmupSteps = WarmupRatio is { } ratio ? LearningRateRules.WarmupSteps(ratio, Steps) : WarmupSteps,
            };
            return Schedule switch
            {
                PhaseSchedule.Constant => rates with { Type = "constant_with_warmup" },
                PhaseSchedule.Linear => rates with { Type = "polynomial", NumTrainingSteps = Steps, LrEnd = FinalRatio * LearningRate },
                _ => rates with { Type = "cosine_with_min_lr", NumTrainingSteps = Steps, MinLrRate = FinalRatio },
            };
        }
    }

    /// <summary>How often each of <see cref="DataRecipe.Datasets"/> is drawn, relative to the others; <c>noise</c> is made up without recordings.</summary>
    public Dictionary<string, double> Draws { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);
}
