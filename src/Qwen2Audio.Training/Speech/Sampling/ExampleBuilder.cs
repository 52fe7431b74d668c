using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Speech.Augmentations;
using Qwen2Audio.Training.Speech.Features;
using Qwen2Audio.Training.Speech.SyntheticData;

namespace Qwen2Audio.Training.Speech.Sampling;

/// <summary>Creates example n: clip, prompt and augmentation, as a pure function of (seed, n, phase, strength).</summary>
internal sealed class ExampleBuilder
{
    // in frames of 10 ms; 40–200 ms of padding with augmentation
    private const int ShortClip = (int)(100 * ClipLogMel.ShortClipSeconds);
    private const int ShortClipPadding = (int)(100 * ClipLogMel.ShortClipPadding);
    private readonly Dictionary<string, DrawSource> _sources;
    private readonly ClipFeatures[] _sounds;
    private readonly FeatureScale _scale;
    private readonly AugmentationOptions _options;
    private readonly SpecAugmentOptions _masks;
    private readonly ulong _seed;

    /// <summary>Builds examples from clips.</summary>
    /// <param name="datasets">Descriptions of the datasets.</param>
    /// <param name="clips">Training clips; the order matters, since clips are drawn by number.</param>
    /// <param name="scale">Mean and deviation of each bin.</param>
    /// <param name="options">Augmentation.</param>
    /// <param name="seed">The random seed.</param>
    public ExampleBuilder(SpeechDatasets datasets, IReadOnlyList<ClipFeatures> clips, FeatureScale scale, AugmentationOptions options, ulong seed)
    {
        (_scale, _options, _seed) = (scale, options, seed);
        _masks = new SpecAugmentOptions { Bands = options.MaskedBands, WidestBand = options.WidestBand, LongestTimeMask = options.LongestMask };
        _sources = clips.GroupBy(clip => datasets.NameOf(clip.Row.Dataset), StringComparer.Ordinal).ToDictionary(
            group => group.Key, group => new DrawSource(group.Key, datasets[group.First().Row.Dataset], [.. group], options.LongestJoined), StringComparer.Ordinal);
        _sources[DrawSource.Noise] = new DrawSource(DrawSource.Noise, null, [], 0);
        _sounds = [.. clips.Where(clip => datasets[clip.Row.Dataset].Kind == DatasetKind.Sounds)];
    }

    /// <summary>Checks that a phase names only datasets with clips.</summary>
    /// <exception cref="ArgumentException">It does not; names the dataset and the allowed ones.</exception>
    public void Check(SamplingPhase phase)
    {
        foreach (var (name, weight) in phase.Weights)
        {
            if (!_sources.TryGetValue(name, out var source))
                throw new ArgumentException($"The weights name \"{name}\", which has no clips; allowed: {string.Join(", ", _sources.Keys.Order(StringComparer.Ordinal))}.", nameof(phase));
            if (weight > 0 && name != DrawSource.Noise && source.UpTo(phase.MaxFrames).Length == 0)
                throw new ArgumentException($"\"{name}\" has no clip of at most {phase.MaxFrames} frames.", nameof(phase));
            if (!(weight >= 0 && double.IsFinite(weight))) throw new ArgumentException($"The weight of \"{name}\" is {weight}; allowed: 0 or more.", nameof(phase));
        }

        if (!(phase.Weights.Values.Sum() > 0)) throw new ArgumentException("No weight is above 0.", nameof(phase));
    }

    /// <summary>Creates example <paramref name="number"/>.</summary>
    public TrainingExample Build(long number, SamplingPhase phase, double strength)
    {
        var random = new CounterRandom(_seed, (ulong)number);
        var source = PickSource(phase, ref random);
        var clip = source.IsNoise ? null : random.Pick(source.UpTo(phase.MaxFrames));
        var task = PickTask(source, clip, phase, ref random);
        var spoken = new SpokenText();
        var frames = Frames(source, clip, task, strength, spoken, ref random);
        frames = Padded(Change(frames, source, strength, ref random), strength, ref random);
        _scale.Apply(frames.Values);
        if (random.Chance(_options.Mask * strength)) SpecAugment.Apply(frames.Values, MelFrames.Bins, _masks, ref random);
        return new TrainingExample
        {
            Features = frames.Values,
            Task = task,
            Text = task switch
            {
                TaskKind.Sound => clip!.Text,
                TaskKind.Speech => source.IsSpeech ? "speech" : "other sound",
                _ => spoken.Text,
            },
            Spoken = spoken.Text,
            Phones = spoken.Phones,
            Dataset = source.Name,
            Name = clip?.Row.Path ?? source.Name,
        };
    }

    private static TaskKind PickTask(DrawSource source, ClipFeatures? clip, SamplingPhase phase, ref CounterRandom random)
    {
        var place = random.NextDouble();
        if (source.IsNoise) return place < 0.5 ? TaskKind.Speech : TaskKind.Transcribe;
        if (source.IsSound)
            return place < phase.SoundQuestion ? TaskKind.Speech : place < phase.SoundQuestion + phase.NoWords ? TaskKind.Transcribe : TaskKind.Sound;
        if (place < phase.SpeechQuestion) return TaskKind.Speech;
        if (place >= phase.SpeechQuestion + phase.Classify) return TaskKind.Transcribe;
        if (source.IsKeyword) return TaskKind.Keyword;
        return source.IsDigit && SpokenNumbers.Digits.Contains(clip!.Text) ? TaskKind.Digit : TaskKind.Transcribe;
    }

    private DrawSource PickSource(SamplingPhase phase, ref CounterRandom random)
    {
        // sorted by name, since the order of a dictionary is undefined
        var names = phase.Weights.Where(pair => pair.Value > 0).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToArray();
        var place = random.NextDouble() * names.Sum(pair => pair.Value);
        foreach (var (name, weight) in names)
        {
            if (place < weight) return _sources[name];
            place -= weight;
        }

        return _sources[names[^1].Key];
    }

    private MelFrames Frames(
        DrawSource source, ClipFeatures? clip, TaskKind task, double strength, SpokenText spoken, ref CounterRandom random)
    {
        if (clip is null) return SyntheticNoiseMel.Draw(ref random);
        if (source.IsSound) return Crop(clip, strength, ref random);
        spoken.Add(clip);
        var frames = clip.ToFrames();
        if (source.IsDigit && task == TaskKind.Transcribe && random.Chance(_options.DigitRow * strength)
            && source.ShortClipsOf(clip.Row.Speaker) is { Length: > 0 } digits)
            return DigitRow(frames, digits, spoken, ref random);
        var pieces = new MelConcatenation();
        if (!source.IsTight && random.Chance(_options.Pause * strength)) pieces.AddPause(frames, random.NextInt(_options.LongestPause + 1), ref random);
        pieces.Add(frames);
        if (source.IsSpelled && task == TaskKind.Transcribe && clip.Frames <= _options.LongestJoined && random.Chance(_options.Join * strength)
            && source.ShortClipsOf(clip.Row.Speaker) is { Length: > 0 } others)
        {
            var next = random.Pick(others);
            spoken.Add(next);
            pieces.Add(next.ToFrames(), random.Uniform(-0.3, 0.3));
        }

        if (!source.IsTight && random.Chance(_options.Pause * strength)) pieces.AddPause(frames, random.NextInt(_options.LongestPause + 1), ref random);
        return pieces.Frames == frames.Frames ? frames : pieces.ToFrames(frames.Floor);
    }

    private MelFrames Crop(ClipFeatures clip, double strength, ref CounterRandom random)
    {
        if (clip.Frames <= _options.ShortestCrop || !random.Chance(_options.Crop * strength)) return clip.ToFrames();
        var count = random.Between(_options.ShortestCrop, clip.Frames);
        return clip.ToFrames(random.NextInt(clip.Frames - count + 1), count);
    }

    private static MelFrames DigitRow(MelFrames first, ClipFeatures[] others, SpokenText spoken, ref CounterRandom random)
    {
        var pieces = new MelConcatenation();
        pieces.AddSilence(random.Between(0, 20), first.Floor);
        pieces.Add(first);
        for (var more = random.Between(1, 4); more > 0; more--)
        {
            var next = random.Pick(others);
            spoken.Add(next);
            pieces.AddSilence(random.Between(0, 20), next.Floor);
            pieces.Add(next.ToFrames(), random.Uniform(-0.3, 0.3));
        }

        pieces.AddSilence(random.Between(0, 20), first.Floor);
        return pieces.ToFrames(first.Floor);
    }

    private static MelFrames Padded(MelFrames frames, double strength, ref CounterRandom random)
    {
        if (frames.Frames >= ShortClip) return frames;
        var varied = random.Chance(strength);
        var pieces = new MelConcatenation();
        pieces.AddSilence(varied ? random.Between(4, 20) : ShortClipPadding, frames.Floor);
        pieces.Add(frames);
        pieces.AddSilence(varied ? random.Between(4, 20) : ShortClipPadding, frames.Floor);
        return pieces.ToFrames(frames.Floor);
    }

    private MelFrames Change(MelFrames frames, DrawSource source, double strength, ref CounterRandom random)
    {
        if (source.IsNoise) return frames;
        if (random.Chance(_options.Stretch * strength))
            frames = MelAugmentation.Stretch(frames, random.Uniform(_options.ShortestStretch, _options.LongestStretch));
        if (random.Chance(_options.Warp * strength))
        {
            var widest = source.IsSound ? _options.SoundWarp : _options.SpeechWarp;
            MelAugmentation.Warp(frames, 1 + random.Uniform(-widest, widest));
        }

        if (random.Chance(_options.Channel * strength))
        {
            Span<double> heights = stackalloc double[_options.ChannelDeviations.Count];
            for (var i = 0; i < heights.Length; i++) heights[i] = random.NextGaussian() * _options.ChannelDeviations[i];
            MelAugmentation.Channel(frames, heights);
        }

        if (source.IsSpeech && _sounds.Length > 0 && random.Chance(_options.Noise * strength))
        {
            var noise = random.Pick(_sounds).ToFrames();
            MelAugmentation.AddNoise(frames, noise, random.NextInt(noise.Frames), random.Uniform(_options.NearestNoise, _options.FarthestNoise));
        }

        if (source.IsSpeech && !source.IsNarrowBand && random.Chance(_options.BandCut * strength))
            MelAugmentation.Cut(frames, MelScale.FirstAbove(_options.BandLimit));
        frames.Level();
        return frames;
    }
}
