using System.Text.Json.Serialization;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Synthesis;

namespace Qwen2Audio.Training.Speech;

/// <summary>All settings of a training run of the small speech model; read from YAML by <see cref="SpeechRecipeFile"/>.</summary>
[RecipeOf("train", RecipeKind.Speech)]
internal sealed record SpeechRecipe
{
    /// <summary>Seed for initial weights, data order, augmentation and dropout.</summary>
    public long Seed { get; init; }

    public DataRecipe Data { get; init; } = new();

    public TokenizerRecipe Tokenizer { get; init; } = new();

    public ModelRecipe Model { get; init; } = new();

    public OptimizerRecipe Optimizer { get; init; } = new() { Beta2 = 0.98, WeightDecay = 0.02 };

    /// <summary>Training for streaming recognition beside that of whole clips; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // so that runs from before this setting can resume
    public StreamingRecipe? Streaming { get; init; }

    /// <summary>Speaking with the same decoder; null: the model does not speak.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SpeakRecipe? Speak { get; init; }

    public PhaseRecipe[] Phases { get; init; } = [];

    public CheckpointRecipe Checkpoints { get; init; } = new();

    /// <summary>The manifests whose recordings are spoken.</summary>
    internal SpokenData Spoken => new(Data.Manifests, Data.Split, Data.MaxSkippedPercent);

    /// <summary>The phase of a step of the run, from 0, and the step with which it begins.</summary>
    internal (int Phase, long First) PhaseOf(long step) => TrainingPhase.Of(Phases, step);
}

/// <summary>Recordings and how they are used. Paths are relative to the recipe's folder.</summary>
internal sealed record DataRecipe
{
    /// <summary>Manifests of recordings (tables or NeMo's JSON lines, by content) and shards, such as <c>an4-{000..012}.tar</c>.</summary>
    public string[] Manifests { get; init; } = [];

    /// <summary>The split to train on.</summary>
    public string Split { get; init; } = "train";

    /// <summary>CMU-format dictionaries for the auxiliary phone loss; missing ones are skipped with a warning.</summary>
    public string[] Dictionaries { get; init; } = [];

    /// <summary>Whether words that the dictionaries lack are pronounced by letter-to-sound, learned from the dictionaries; otherwise their clips train without the phone loss.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // so that runs from before this setting can resume
    public bool LetterToSound { get; init; }

    /// <summary>Descriptions of the manifests' datasets, by the names used in <see cref="TrainingPhase.Draws"/>.</summary>
    public Dictionary<string, DatasetRecipe> Datasets { get; init; } = new Dictionary<string, DatasetRecipe>(StringComparer.Ordinal);

    /// <summary>Whether rows of a manifest's dataset are read.</summary>
    public bool Uses(string dataset) =>
        !Datasets.Any(pair => pair.Value.Kind == DatasetKind.Unused && SpeechDatasets.From(pair.Key, pair.Value).Contains(dataset, StringComparer.Ordinal));

    /// <summary>Where synthetic speech is stored; needed if a dataset is synthetic.</summary>
    public SyntheticRecipe? Synthetic { get; init; }

    /// <summary>Maximum mel frames of a batch.</summary>
    public int FramesPerBatch { get; init; } = 1500;

    /// <summary>Probability that a clip with a class is classified instead of transcribed.</summary>
    public double ClassifyShare { get; init; } = 0.5;

    /// <summary>
    /// Maximum percentage of unusable rows (missing, damaged, repeated, or with another length than the row says); above it the run is
    /// rejected. It does not change the result, so it is not part of a run's conditions.
    /// </summary>
    [JsonIgnore]
    public double MaxSkippedPercent { get; init; } = 5;
}

/// <summary>The kind of a dataset's clips, which decides their prompts, augmentation and labels.</summary>
internal enum DatasetKind
{
    /// <summary>Speech to be transcribed.</summary>
    Speech,

    /// <summary>Speech in short independent pieces, such as spelled names; short clips of one speaker are joined. "a" is the letter, not the article.</summary>
    Spelled,

    /// <summary>Spoken digits, zero to nine, one or several. Single digits are also classified, and those of one speaker joined into sequences.</summary>
    Digits,

    /// <summary>One of a closed set of words or phrases; also classified.</summary>
    Keywords,

    /// <summary>Sounds without words, labelled by the text; also used as noise for speech.</summary>
    Sounds,

    /// <summary>Not read.</summary>
    Unused,
}

/// <summary>A dataset, or several that are drawn as one.</summary>
internal sealed record DatasetRecipe
{
    public DatasetKind Kind { get; init; }

    /// <summary>The manifests' names for it; empty: the recipe's own name.</summary>
    public string[] From { get; init; } = [];

    /// <summary>Number of clips to synthesise instead (flite, espeak-ng), for spelled texts, digits and the manifests' keywords.</summary>
    public int Synthetic { get; init; }

    /// <summary>Whether clips are cut close to the words, so that they have no material for pauses.</summary>
    public bool Tight { get; init; }

    /// <summary>Whether clips have a narrow band (for example recorded at 8 kHz), so that it is not cut again.</summary>
    public bool NarrowBand { get; init; }

    /// <summary>Weight of its texts when merges are learned.</summary>
    public int TextWeight { get; init; } = 1;

    /// <summary>Weight of its transcripts in the decoder's loss; CTC losses and labels do not have it.</summary>
    public double DecoderWeight { get; init; } = 1;
}

/// <summary>Where synthetic clips are stored, and what determines their texts and voices.</summary>
internal sealed record SyntheticRecipe
{
    public string Folder { get; init; } = "";

    public long Seed { get; init; } = 1;
}

/// <summary>Text units.</summary>
internal sealed record TokenizerRecipe
{
    /// <summary>Number of merges in addition to single letters.</summary>
    public int Merges { get; init; } = 300;
}

/// <summary>Sizes of the model.</summary>
internal sealed record ModelRecipe
{
    /// <summary>
    /// Folder of a small model, or of a run, whose weights replace the random initial values where name and shape agree; text units are matched by their
    /// text. Its feature scale is used too. Null: none.
    /// </summary>
    [JsonIgnore] // the run's conditions have the weights' digest
    public string? InitialiseFrom { get; init; }

    /// <summary>
    /// Whether the encoder and its CTC heads stay as they are in <see cref="InitialiseFrom"/>, with its text units: there is no backward pass through them, and only the decoder is trained.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool FreezeEncoder { get; init; }

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

/// <summary>
/// Dynamic chunk training (arXiv 2012.05481): some steps run the encoder in chunks, of a length drawn for each step, and level the features as a stream does.
/// </summary>
internal sealed record StreamingRecipe
{
    /// <summary>Encoder rows (40 ms each) of a chunk in recognition, which set its delay; in training half to twice as many.</summary>
    public int ChunkRows { get; init; } = 12;

    /// <summary>Earlier chunks that a row attends to.</summary>
    public int LeftChunks { get; init; } = 6;

    /// <summary>Fraction of the steps that run in chunks; the others see whole clips.</summary>
    public double Share { get; init; } = 0.5;
}

/// <summary>How a phase's learning rate changes after the warm-up: constant, or falling to <see cref="TrainingPhase.FinalRatio"/>.</summary>
internal enum PhaseSchedule { Constant, Linear, Cosine }

/// <summary>
/// A phase of training with its own losses, draws and learning rate; Adam restarts in each. Draws name <see cref="DataRecipe.Datasets"/>;
/// <c>noise</c> is synthetic noise.
/// </summary>
internal sealed record PhaseRecipe : TrainingPhase
{
    /// <summary>Longer clips are not drawn in this phase; null: all are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MaxSeconds { get; init; }

    /// <summary>Alternative to <see cref="TrainingPhase.WarmupSteps"/>: warm-up as a fraction of the phase's steps, rounded up.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // so that runs from before this setting can resume
    public double? WarmupRatio { get; init; }

    /// <summary>How the rate falls after the warm-up.</summary>
    public PhaseSchedule Schedule { get; init; } = PhaseSchedule.Linear;

    /// <summary>Steps over which dropout and augmentation rise from 0, and the CTC weight from <see cref="CtcStart"/>.</summary>
    public int RampSteps { get; init; }

    public double Dropout { get; init; } = 0.1;

    public double Augmentation { get; init; } = 1;

    public double DecoderWeight { get; init; } = 1;

    public double CtcStart { get; init; } = 0.1;

    public double CtcWeight { get; init; } = 0.4;

    public double PhoneWeight { get; init; } = 1;

    public double BalanceWeight { get; init; } = 0.01;

    /// <summary>Weight of the router z loss: the mean of (log Σ exp)² over rows and layers.</summary>
    public double RouterZWeight { get; init; }

    public double LabelSmoothing { get; init; } = 0.05;

    /// <summary>Fraction of the decoder's input tokens that are replaced by random ones.</summary>
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
}
