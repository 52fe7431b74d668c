using System.Text.Json.Serialization;
using Qwen2Audio.Model.FrameCodec;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Codec;

/// <summary>Everything that decides the training of a codec; read from YAML with <c>task: codec</c> by <see cref="CodecRecipeFile"/>.</summary>
[RecipeOf("train", RecipeKind.Codec)]
public sealed record CodecRecipe
{
    /// <summary>Fixes starting weights, crops, gains and the books that are left out.</summary>
    public long Seed { get; init; }

    public CodecDataRecipe Data { get; init; } = new();

    /// <summary>Sizes of the codec.</summary>
    public FrameCodecConfig Model { get; init; } = new();

    /// <summary>How checkpoints store the weights for users; training goes on from float32 either way.</summary>
    [JsonIgnore]
    public StoredPrecision Stored { get; init; } = StoredPrecision.Float16;

    public CodebookRecipe Quantiser { get; init; } = new();

    public CodecLossRecipe Losses { get; init; } = new();

    /// <summary>What phases with <see cref="CodecPhaseRecipe.Adversarial"/> train against; absent: nothing.</summary>
    public CodecDiscriminatorRecipe? Discriminator { get; init; }

    public CodecOptimizerRecipe Optimizer { get; init; } = new();

    public CodecPhaseRecipe[] Phases { get; init; } = [];

    public CheckpointRecipe Checkpoints { get; init; } = new();

    /// <summary>The phase of a step of the run, and the step with which it begins.</summary>
    internal (CodecPhaseRecipe Phase, long First) PhaseOf(long step)
    {
        var first = 0L;
        foreach (var phase in Phases)
        {
            if (step < first + phase.Steps) return (phase, first);
            first += phase.Steps;
        }

        throw new ArgumentOutOfRangeException(nameof(step), step, "Beyond the last phase.");
    }
}

/// <summary>Recordings and how a step draws from them. Paths are relative to the recipe's folder.</summary>
public sealed record CodecDataRecipe
{
    /// <summary>Manifests and shards; what is said in the recordings does not matter.</summary>
    public string[] Manifests { get; init; } = [];

    /// <summary>The split to train on.</summary>
    public string Split { get; init; } = "train";

    /// <summary>How often each dataset is drawn, relative to the others; within one, recordings by their length.</summary>
    public Dictionary<string, double> Draws { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Crops of a step.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Length of a crop; shorter recordings are joined to fill one.</summary>
    public double CropSeconds { get; init; } = 1;

    /// <summary>Least gain of a crop, in decibels.</summary>
    public double LeastGain { get; init; } = -8;

    /// <summary>Largest gain.</summary>
    public double MostGain { get; init; } = 4;

    /// <summary>Validation recordings of each dataset that are measured, evenly spread over its rows.</summary>
    [JsonIgnore]
    public int ValidationClips { get; init; } = 52;

    /// <summary>How many per cent of the rows may be unusable before the run is refused; it changes no result.</summary>
    [JsonIgnore]
    public double MaxSkippedPercent { get; init; } = 5;
}

/// <summary>Type of the weights in the folder that a checkpoint is.</summary>
public enum StoredPrecision { Float16, Float32 }

/// <summary>How codebooks are learnt.</summary>
public sealed record CodebookRecipe
{
    /// <summary>What stays of the moving averages in a step.</summary>
    public double Decay { get; init; } = 0.99;

    /// <summary>What is added to the counts, so that entries that nobody chooses stay finite.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Frames of the untrained encoder that k-means starts the books from.</summary>
    public int StartFrames { get; init; } = 9600;

    /// <summary>Iterations of k-means.</summary>
    public int StartIterations { get; init; } = 8;

    /// <summary>An entry begins anew when its count falls below this share of the mean; 0: never.</summary>
    public double RestartBelow { get; init; } = 0.03;

    /// <summary>The count with which it begins, as a share of the mean.</summary>
    public double RestartCount { get; init; } = 0.2;

    /// <summary>Share of the crops that use the first books alone, as many as are drawn.</summary>
    public double DropoutShare { get; init; } = 0.5;
}

/// <summary>Factors of the losses; 0 leaves one out. The windows of the spectral ones are in samples.</summary>
public sealed record CodecLossRecipe
{
    /// <summary>Of the mean difference of the samples.</summary>
    public double Waveform { get; init; }

    /// <summary>Of the multi-scale log-mel loss.</summary>
    public double Mel { get; init; } = 1;

    /// <summary>Of the log-magnitude loss.</summary>
    public double LogMagnitude { get; init; } = 0.5;

    /// <summary>Of the spectral convergence.</summary>
    public double Convergence { get; init; } = 0.5;

    /// <summary>Of DAC's mel loss, which has decimal logarithms and a linear term.</summary>
    public double DacMel { get; init; }

    /// <summary>Of the frames' distance from their entries.</summary>
    public double Commitment { get; init; } = 0.25;

    /// <summary>Of the entries' distance from their frames, where gradients move them and not averages.</summary>
    internal double Codebook { get; init; }

    /// <summary>Of what the discriminators say.</summary>
    public double Adversarial { get; init; } = 0.2;

    /// <summary>Of the discriminators' features.</summary>
    public double FeatureMatching { get; init; } = 1;

    /// <summary>Which adversarial losses.</summary>
    public AdversarialForm AdversarialForm { get; init; } = AdversarialForm.Hinge;

    /// <summary>Whether the difference of features is divided by their size.</summary>
    public bool RelativeFeatures { get; init; }

    /// <summary>Windows of the mel losses.</summary>
    public int[] MelWindows { get; init; } = [128, 256, 512, 1024, 2048];

    /// <summary>Mel bins at each of these windows.</summary>
    public int[] MelBins { get; init; } = [10, 20, 40, 80, 128];

    /// <summary>Windows of log magnitude and convergence.</summary>
    public int[] StftWindows { get; init; } = [256, 512, 1024];
}

/// <summary>Period discriminators.</summary>
public sealed record CodecDiscriminatorRecipe
{
    public int[] Periods { get; init; } = [2, 3, 5];

    public int Channels { get; init; } = 8;

    public int Layers { get; init; } = 3;

    public double LearningRate { get; init; } = 2e-4;
}

/// <summary>Constants of AdamW.</summary>
public sealed record CodecOptimizerRecipe
{
    public double Beta1 { get; init; } = 0.8;

    public double Beta2 { get; init; } = 0.99;

    public double Epsilon { get; init; } = 1e-8;

    public double WeightDecay { get; init; } = 0.01;

    public double MaxGradientNorm { get; init; } = 5;
}

/// <summary>A stretch of training: the rate rises, then falls by a cosine. Moments go on from the phase before.</summary>
public sealed record CodecPhaseRecipe
{
    public int Steps { get; init; }

    public double LearningRate { get; init; } = 1e-3;

    public int WarmupSteps { get; init; }

    /// <summary>Learning rate at the end, as a share of <see cref="LearningRate"/>.</summary>
    public double FinalRatio { get; init; } = 0.03;

    /// <summary>Whether the codec is trained against discriminators too.</summary>
    public bool Adversarial { get; init; }

    /// <summary>The learning rate by the updates of the phase, a share of its peak.</summary>
    internal LearningRateSchedule Shape() => new(new LearningRateSettings
    {
        LearningRate = 1,
        Type = "cosine_with_min_lr",
        NumWarmupSteps = WarmupSteps,
        NumTrainingSteps = Steps,
        MinLrRate = FinalRatio,
    });
}
