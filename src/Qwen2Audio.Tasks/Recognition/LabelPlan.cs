using Qwen2Audio.Formats;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Labels compared under one prompt.</summary>
/// <param name="Task">The prompt's task.</param>
/// <param name="Labels">The labels as reported.</param>
/// <param name="Texts">The labels as the model writes them.</param>
internal sealed record LabelGroup(string Task, IReadOnlyList<string> Labels, IReadOnlyList<string> Texts)
{
    /// <summary>True when the labels are spoken words.</summary>
    public bool Spoken => Task is not (LabelSet.Sound or LabelSet.Speech);
}

/// <summary>Which labels are compared under which prompts.</summary>
/// <param name="Groups">One group per prompt; several when labels of several sets are compared.</param>
/// <param name="ByAudio">
/// True when some label is in no set: all are then compared under "transcribe" if the audio is speech, else under "sound".
/// </param>
/// <param name="Warnings">Warnings for the result.</param>
internal sealed record LabelPlan(IReadOnlyList<LabelGroup> Groups, bool ByAudio, IReadOnlyList<TaskWarning> Warnings)
{
    private const string OnlyEachOther = "Probabilities compare the given labels only with each other: perhaps none of them fits.";

    /// <summary>Plans for labels (null: all sets) and a task (null: chosen by the labels and the audio).</summary>
    /// <exception cref="LabelException">There are no labels, or empty or repeated ones.</exception>
    /// <exception cref="OptionException">The model does not have the task.</exception>
    public static LabelPlan Make(SpeechSettings settings, string? task, IReadOnlyList<string>? labels)
    {
        var sets = settings.LabelSets;
        if (sets.Count == 0 && labels is null) throw new LabelException("The model has no label sets; name the labels.");
        if (task is not null && !sets.ContainsKey(task))
            throw new OptionException($"Task \"{task}\"; the model has {string.Join(", ", sets.Keys.Order(StringComparer.Ordinal))}.");
        if (labels is null)
        {
            IEnumerable<string> tasks = task is not null ? [task] : Answering(sets);
            return new LabelPlan([.. tasks.Select(name => new LabelGroup(name, sets[name], sets[name]))], false, []);
        }

        Check(labels);
        if (task is not null) return ForTask(sets, task, labels);
        if (sets.Keys.Order(StringComparer.Ordinal).FirstOrDefault(name => labels.All(label => LabelSet.Find(sets[name], label) is not null)) is { } one)
            return new LabelPlan([Group(sets, one, labels)], false, []);
        var unknown = labels.Where(label => sets.Values.All(set => LabelSet.Find(set, label) is null)).ToList();
        if (unknown.Count > 0)
        {
            var known = sets.Where(set => set.Key != LabelSet.Speech).OrderBy(set => set.Key, StringComparer.Ordinal)
                .Select(set => $"{set.Key}: {string.Join(", ", set.Value)}");
            var warning = new TaskWarning("unknown-label",
                $"In no label set of the model: {Named(unknown, sets.Values.SelectMany(set => set))}. All labels are compared as words (speech) or sound names "
                + $"(other sounds). {OnlyEachOther} The model learnt {string.Join("; ", known)}.");
            return new LabelPlan([new LabelGroup(SpeechDetection.Transcribe, labels, [.. labels.Select(LabelSet.Spelled)])], true, [warning]);
        }

        var groups = labels.GroupBy(label => sets.Keys.Order(StringComparer.Ordinal).First(name => LabelSet.Find(sets[name], label) is not null));
        return new LabelPlan([.. groups.Select(group => Group(sets, group.Key, [.. group]))], false, []);
    }

    private static IEnumerable<string> Answering(IReadOnlyDictionary<string, IReadOnlyList<string>> sets)
    {
        var tasks = sets.Keys.Where(name => name != LabelSet.Speech).Order(StringComparer.Ordinal).ToList();
        return tasks.Count > 0 ? tasks : sets.Keys;
    }

    private static void Check(IReadOnlyList<string> labels)
    {
        if (labels.Count == 0) throw new LabelException("There are no labels; name at least one.");
        if (labels.FirstOrDefault(string.IsNullOrWhiteSpace) is not null) throw new LabelException("A label is empty.");
        if (labels.GroupBy(LabelSet.Spelled, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new LabelException($"The label \"{twice.Key}\" is named {twice.Count()} times.");
    }

    /// <summary>Checks the labels' lengths.</summary>
    /// <exception cref="LabelException">A label has more text units than fit into the context after the audio.</exception>
    public void CheckLengths(ISpeechNetwork model)
    {
        foreach (var text in Groups.SelectMany(group => group.Texts))
            if (model.Tokenizer.Encode(text).Length is var units && units > model.LongestText)
                throw new LabelException($"The label \"{(text.Length <= 40 ? text : text[..40] + "…")}\" has {units} text units; at most {model.LongestText} fit after the audio.");
    }

    private static LabelPlan ForTask(IReadOnlyDictionary<string, IReadOnlyList<string>> sets, string task, IReadOnlyList<string> labels)
    {
        var unknown = labels.Where(label => LabelSet.Find(sets[task], label) is null).ToList();
        TaskWarning[] warnings = unknown.Count == 0 ? []
            : [new TaskWarning("unknown-label",
                $"Not among the labels that the model learnt for \"{task}\": {Named(unknown, sets[task])}. {OnlyEachOther} It learnt {string.Join(", ", sets[task])}.")];
        return new LabelPlan([Group(sets, task, labels)], false, warnings);
    }

    private static string Named(IEnumerable<string> unknown, IEnumerable<string> known) => string.Join(", ", unknown.Select(label =>
        NameSuggestion.Find(LabelSet.Spelled(label), known) is { } near ? $"{label} (did you mean \"{near}\"?)" : label));

    private static LabelGroup Group(IReadOnlyDictionary<string, IReadOnlyList<string>> sets, string task, IReadOnlyList<string> labels) =>
        new(task, labels, [.. labels.Select(label => LabelSet.Find(sets[task], label) ?? LabelSet.Spelled(label))]);
}
