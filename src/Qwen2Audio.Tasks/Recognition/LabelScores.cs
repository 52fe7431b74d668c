using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Probabilities of labels for one piece of audio.</summary>
internal sealed class LabelScores(ISpeechNetwork model, double ctcWeight, bool lengthNormalised)
{
    private const double MinSpokenMass = 0.05; // if the labels together have less CTC probability, something else is said

    /// <summary>P(label) among the plan's labels, summing to 1, with the prompt of each; speech: P(speech), null if not computed.</summary>
    public IReadOnlyList<(string Label, string Task, double Probability)> Score(EncodedPiece piece, LabelPlan plan, bool open, out double? speech)
    {
        speech = null;
        var groups = plan.Groups;
        if (plan.ByAudio)
        {
            speech = SpeechDetection.SpeechProbability(model, piece);
            if (speech < 0.5) groups = [groups[0] with { Task = LabelSet.Sound }];
        }
        else if (groups.Count > 1 && groups.Any(group => !group.Spoken))
        {
            speech = SpeechDetection.SpeechProbability(model, piece);
        }

        var answers = new List<(string Label, string Task, double Probability)>();
        var spoken = groups.Where(group => group.Spoken).ToList();
        var masses = spoken.Select(group => LogMath.Sum([.. group.Texts.Select(text => Ctc(piece, text))])).ToArray();
        var shares = LogMath.Normalise(masses);
        var mass = Math.Min(1, Math.Exp(LogMath.Sum(masses)));
        foreach (var group in groups)
        {
            if (speech is { } asked && group.Task == LabelSet.Speech && groups.Count > 1)
            {
                AddGeneral(answers, piece, group, groups, asked, spoken.Count > 0 ? mass : 0);
                continue;
            }

            var weight = Weight(piece, group, groups, speech, mass) * (group.Spoken ? shares[spoken.IndexOf(group)] : 1);
            var within = Within(piece, group);
            for (var i = 0; i < within.Length; i++) answers.Add((group.Labels[i], group.Task, weight * within[i]));
        }

        if (open && speech is { } p && spoken.Count > 0) AddOther(answers, p, mass, spoken);
        var sum = answers.Sum(answer => answer.Probability);
        return [.. answers.Select(answer => answer with { Probability = sum > 0 ? answer.Probability / sum : 1.0 / answers.Count })];
    }

    /// <summary>
    /// The probability of a whole group: that the piece is speech, or is not, and, if the general label ("speech", "other sound")
    /// is compared too, that it is one of the named words or sounds.
    /// </summary>
    private double Weight(EncodedPiece piece, LabelGroup group, IReadOnlyList<LabelGroup> groups, double? speech, double mass)
    {
        if (speech is not { } p) return 1;
        var general = groups.FirstOrDefault(other => other.Task == LabelSet.Speech)?.Texts ?? [];
        if (group.Spoken) return p * (general.Any(IsSpeech) ? mass : 1);
        return (1 - p) * (general.Any(text => !IsSpeech(text)) ? Named(piece, group) : 1);
    }

    /// <summary>Adds the general labels: "speech" for speech without any of the named words, the set's other labels for other sounds.</summary>
    private void AddGeneral(
        List<(string Label, string Task, double Probability)> answers, EncodedPiece piece, LabelGroup general, IReadOnlyList<LabelGroup> groups,
        double speech, double mass)
    {
        var named = groups.FirstOrDefault(group => group.Task == LabelSet.Sound) is { } sounds ? Named(piece, sounds) : 0;
        var others = Math.Max(1, general.Texts.Count(text => !IsSpeech(text)));
        for (var i = 0; i < general.Labels.Count; i++)
        {
            var share = IsSpeech(general.Texts[i]) ? speech * (1 - mass) : (1 - speech) * (1 - named) / others;
            answers.Add((general.Labels[i], general.Task, share));
        }
    }

    private bool IsSpeech(string text) => text == model.Settings.LabelSets[LabelSet.Speech][0];

    /// <summary>The fraction of the set's probability that the group's labels have.</summary>
    private double Named(EncodedPiece piece, LabelGroup group)
    {
        if (!model.Settings.LabelSets.TryGetValue(group.Task, out var set)) return 1;
        var all = Within(piece, group with { Labels = set, Texts = set });
        return set.Select((text, i) => group.Texts.Contains(text, StringComparer.Ordinal) ? all[i] : 0).Sum();
    }

    /// <summary>Gives speech without any of the words the label of the set "speech".</summary>
    private void AddOther(List<(string Label, string Task, double Probability)> answers, double speech, double mass, List<LabelGroup> spoken)
    {
        if (mass >= MinSpokenMass || !model.Settings.LabelSets.TryGetValue(LabelSet.Speech, out var labels)) return;
        for (var i = 0; i < answers.Count; i++)
            if (spoken.Any(group => group.Task == answers[i].Task)) answers[i] = answers[i] with { Probability = answers[i].Probability * mass };
        answers.Add((labels[0], LabelSet.Speech, speech * (1 - mass)));
    }

    private double[] Within(EncodedPiece piece, LabelGroup group)
    {
        var texts = group.Texts.Select(text => model.Tokenizer.Encode(text)).ToArray();
        var scores = model.Score(piece, group.Task, texts);
        for (var i = 0; i < scores.Length; i++)
        {
            if (lengthNormalised) scores[i] /= texts[i].Length + 1;
            if (group.Spoken && ctcWeight > 0) scores[i] = (1 - ctcWeight) * scores[i] + ctcWeight * Ctc(piece, group.Texts[i]);
        }

        return LogMath.Normalise(scores);
    }

    private double Ctc(EncodedPiece piece, string text) => CtcAlignment.LogProbability(piece.Ctc, model.Tokenizer.Encode(text));
}
