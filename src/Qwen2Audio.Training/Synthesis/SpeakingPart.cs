using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>What the training of a speech model does for speaking: the recordings of each step, their losses on the model's decoder, and the measures.</summary>
internal sealed class SpeakingPart
{
    private const ulong Hiding = 0xA5A5_0002;
    private readonly SpeakRecipe _recipe;
    private readonly SynthesisCorpus _corpus;
    private readonly ulong _seed;
    private readonly IRanks _ranks;
    private readonly SynthesisSampler _sampler;
    private SpeakerReferences? _speakers;
    private SynthesisBatch? _batch;
    private (double Frames, double Phones) _totals;

    public SpeakingPart(SpeakRecipe recipe, SynthesisCorpus corpus, ulong seed, IRanks ranks)
    {
        (_recipe, _corpus, _seed, _ranks) = (recipe, corpus, seed, ranks);
        _sampler = new SynthesisSampler(recipe, seed, corpus.Train, corpus.Voices.Count);
    }

    /// <summary>Whether the step has no recording for this rank.</summary>
    public bool IsIdle => _batch is { IsIdle: true };

    /// <summary>Sizes of the model.</summary>
    /// <param name="recipe">The recipe's section.</param>
    /// <param name="corpus">Its recordings.</param>
    /// <param name="textUnits">Number of text units.</param>
    public static SynthesisConfig ConfigOf(SpeakRecipe recipe, SynthesisCorpus corpus, int textUnits) => new()
    {
        FirstToken = textUnits,
        Phones = PhoneSet.Count,
        Voices = corpus.Voices,
        Books = recipe.Books,
        Entries = corpus.Codec.Config.Entries,
        Dimension = corpus.Codec.Config.Dimension,
        HeadWidth = recipe.HeadWidth,
        DurationWidth = recipe.DurationWidth,
        SpeakerWidth = recipe.SpeakerEmbedding ? SpeakerEmbedding.WidthOf(corpus.Codec.Config.Dimension) : 0,
        Guidance = recipe.Guidance,
        VoiceGuidance = recipe.VoiceGuidance,
        Temperature = recipe.Temperature,
    };

    /// <summary>Sets the codebooks to the codec's, scaled so that the numbers of its frames have variance 1.</summary>
    public void FillCodebooks(SynthesisModel model, ParameterSet parameters)
    {
        const int clips = 200;
        var scale = 1 / _corpus.Codec.Deviation(_corpus.Train.Take(clips).Select(clip => clip.Codes), _recipe.Books);
        for (var book = 0; book < _recipe.Books; book++)
        {
            var values = parameters[model.Codebooks[book].Name].Value.Span;
            var entries = _corpus.Codec.Entries(book);
            for (var i = 0; i < values.Length; i++) values[i] = (float)(scale * entries[i]);
        }
    }

    /// <summary>Takes the speaker embeddings of all recordings from the model's codebooks, if the recipe has them.</summary>
    public void EmbedSpeakers(TrainingOps ops, SynthesisModel model)
    {
        if (!_recipe.SpeakerEmbedding) return;
        ops.Records = false;
        _speakers = new SpeakerReferences(_corpus.Train, _corpus.Voices.Count, clip =>
        {
            ops.Begin();
            return SpeakerEmbedding.Of(model.Frames(ops, clip.Codes).Value.Span, clip.Active);
        });
        ops.Records = true;
    }

    /// <summary>Prepares a step.</summary>
    public StepData Begin(SynthesisConfig config, long step)
    {
        var drawn = _sampler.Step(step);
        List<int> mine = [.. Enumerable.Range(0, drawn.Count).Where(i => i % _ranks.Count == _ranks.Rank)];
        var isIdle = mine.Count == 0;
        if (isIdle) mine = [0];
        List<SynthesisClip> all = [.. drawn.SelectMany(clips => clips)];
        _totals = (all.Sum(clip => (double)clip.Rows), all.Sum(clip => (double)clip.Phones.Length));
        _batch = SynthesisBatch.Pack([.. mine.Select(i => drawn[i])], config, _recipe, i => new CounterRandom(_seed ^ Hiding, unchecked((ulong)step << 16 | (uint)mine[i])), isIdle, _speakers);
        return new StepData((long)_totals.Frames, _totals.Frames / _corpus.Codec.Config.FrameRate, [.. all.Select(clip => clip.Row.Path)]);
    }

    /// <summary>Runs the step's recordings through the decoder and seeds the gradients; the weights of the losses include that of the recipe.</summary>
    public List<LossPart> Forward(TrainingOps ops, SynthesisModel model) =>
        Forward(ops, model, _batch ?? throw new InvalidOperationException("Begin comes first."), _totals);

    /// <summary>
    /// The losses on the validation recordings, of all and by dataset: the mean of the codebooks first, then each, then that of the durations. With speaker embeddings also those of all with the embedding of a
    /// training recording instead of the voice.
    /// </summary>
    public IReadOnlyList<(string Name, double Value)> Measure(TrainingOps ops, SynthesisModel model, CancellationToken cancellation)
    {
        List<(string Dataset, double Frames, List<LossPart> Parts)> all = [], embedded = [];
        var alwaysEmbedded = _recipe with { UnknownPhones = 0, UnknownVoices = 0, PreviousDropout = 0, EmbeddedVoices = 1 };
        ops.Records = false;
        ops.DropoutRate = 0;
        try
        {
            foreach (var clip in _corpus.Validation)
            {
                cancellation.ThrowIfCancellationRequested();
                Add(all, clip, SynthesisBatch.Pack([[clip]], model.Config, _recipe));
                if (_speakers is not null) Add(embedded, clip, SynthesisBatch.Pack([[clip]], model.Config, alwaysEmbedded, _ => new CounterRandom(_seed, (ulong)embedded.Count), speakers: _speakers));
            }
        }
        finally
        {
            ops.Records = true;
        }

        return all.Count == 0 ? [] : [.. Means("speak.", all), .. all.GroupBy(clip => clip.Dataset, StringComparer.Ordinal).SelectMany(group => Means($"speak.{group.Key}.", [.. group])),
            .. _speakers is null ? [] : Means("speak.embedded.", embedded)];

        void Add(List<(string, double, List<LossPart>)> to, SynthesisClip clip, SynthesisBatch batch)
        {
            ops.Begin();
            to.Add((clip.Row.Dataset, clip.Rows, Forward(ops, model, batch, (clip.Rows, clip.Phones.Length))));
        }
    }

    private List<LossPart> Forward(TrainingOps ops, SynthesisModel model, SynthesisBatch batch, (double Frames, double Phones) totals)
    {
        var books = model.Config.Books;
        var (own, duration) = ((float)(_recipe.Weight / books), _recipe.Weight * _recipe.DurationWeight);
        var hidden = model.Hidden(ops, batch.Input, batch.Frames);
        var parts = new List<LossPart>();
        for (var book = 0; book < books; book++)
        {
            int[] targets = [.. Enumerable.Range(0, batch.Frames.Rows).Select(row => batch.IsIdle ? CrossEntropyLoss.LeftOut : batch.Codes[row * books + book])];
            var loss = CrossEntropyLoss.Add(ops, model.Logits(ops, hidden, book, batch.Codes), targets, coefficient: own, divisor: totals.Frames);
            parts.Add(new LossPart($"book_{book + 1}", loss, _recipe.Weight / books));
        }

        var share = batch.IsIdle ? 0 : batch.Phones.Length / totals.Phones;
        var lengths = model.Durations.Forward(ops, batch.Phones, batch.Voices, batch.Texts, batch.Speakers);
        parts.Add(new LossPart("duration", share * AbsoluteLoss.Add(ops, lengths, ops.Input(batch.Durations, batch.Durations.Length, 1), (float)(share * duration)), duration));
        return parts;
    }

    private static IEnumerable<(string, double)> Means(string prefix, List<(string Dataset, double Frames, List<LossPart> Parts)> clips)
    {
        var frames = clips.Sum(clip => clip.Frames);
        double Mean(Func<List<LossPart>, double> of) => clips.Sum(clip => clip.Frames * of(clip.Parts)) / frames;
        var parts = clips[0].Parts;
        return [(prefix + "loss", Mean(all => all.SkipLast(1).Average(part => part.Value))), .. parts.Select((part, i) => (prefix + part.Name, Mean(all => all[i].Value)))];
    }
}
