using System.Globalization;

namespace Qwen2Audio.Text.Chat;

/// <summary>
/// How a family of models writes conversations. The published templates are programs (Jinja); here they are code, and a folder's template
/// is only compared with <see cref="Source"/>, never run.
/// </summary>
public sealed class ChatTemplate
{
    private const string DefaultSystem = "You are a helpful assistant.";

    private ChatTemplate(string name, bool hearsAudio, string source) => (Name, HearsAudio, Source) = (name, hearsAudio, source);

    /// <summary>Qwen2-Instruct's.</summary>
    public static ChatTemplate Qwen2 { get; } = new("qwen2", hearsAudio: false,
        "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
        + "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}");

    /// <summary>Qwen2-Audio-Instruct's.</summary>
    public static ChatTemplate Qwen2Audio { get; } = new("qwen2-audio", hearsAudio: true,
        "{% set audio_count = namespace(value=0) %}{% for message in messages %}{% if loop.first and message['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
        + "<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n{% else %}{% for content in message['content'] %}"
        + "{% if 'audio' in content or 'audio_url' in content or message['type'] == 'audio' or content['type'] == 'audio' %}{% set audio_count.value = audio_count.value + 1 %}"
        + "Audio {{ audio_count.value }}: <|audio_bos|><|AUDIO|><|audio_eos|>\n{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endif %}{% endfor %}"
        + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ChatTemplate> Known { get; } = [Qwen2, Qwen2Audio];

    /// <summary>The name by which it can be chosen.</summary>
    public string Name { get; }

    /// <summary>Whether turns may hold clips.</summary>
    public bool HearsAudio { get; }

    /// <summary>The published template, for comparing.</summary>
    public string Source { get; }

    /// <summary>The template of a name.</summary>
    /// <exception cref="ArgumentException">There is none of that name; those that there are.</exception>
    public static ChatTemplate Named(string name) => Known.FirstOrDefault(known => string.Equals(known.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no chat template \"{name}\"; there are {string.Join(", ", Known)}.", nameof(name));

    /// <summary>
    /// Writes a conversation. A default system turn goes first unless the first turn is one; texts are never trimmed.
    /// <paramref name="addGenerationPrompt"/> opens the assistant's next turn at the end.
    /// </summary>
    /// <exception cref="ArgumentException">A clip where the template has no place for one.</exception>
    public ChatPrompt Write(IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt = true) => Write(turns, addGenerationPrompt, int.MaxValue);

    /// <summary>
    /// Writes a conversation to be learned from: what the assistant says, and the end of its turns, are marked as answers. The head of such
    /// a turn is encoded by itself, as it is when the model is asked, so that an answer has the tokens that the model would have to give.
    /// </summary>
    /// <param name="turns">The conversation.</param>
    /// <param name="firstAnswer">The assistant's turns before this one are not marked.</param>
    /// <exception cref="ArgumentException">A clip where the template has no place for one.</exception>
    public ChatPrompt WriteAnswers(IReadOnlyList<ChatTurn> turns, int firstAnswer = 0) => Write(turns, addGenerationPrompt: false, firstAnswer);

    private ChatPrompt Write(IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt, int firstAnswer)
    {
        var prompt = new ChatPrompt();
        var clips = 0;
        if (turns.Count > 0 && turns[0].Role != "system") Turn(prompt, "system").Text(DefaultSystem).Control(ControlNames.TurnEnd).Text("\n");
        for (var i = 0; i < turns.Count; i++)
        {
            var turn = turns[i];
            var isAnswer = i >= firstAnswer && turn.Role == "assistant";
            Turn(prompt, turn.Role);
            if (isAnswer) prompt.Cut();
            foreach (var part in turn.Parts)
            {
                if (part is TextPart text) prompt.Text(text.Text);
                else Clip(prompt, ++clips);
            }

            prompt.Control(ControlNames.TurnEnd, isAnswer).Text("\n");
        }

        if (addGenerationPrompt) Turn(prompt, "assistant");
        return prompt;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static ChatPrompt Turn(ChatPrompt prompt, string role) => prompt.Control(ControlNames.TurnStart).Text(role).Text("\n");

    private void Clip(ChatPrompt prompt, int number)
    {
        if (!HearsAudio) throw new ArgumentException($"The chat template {Name} has no place for audio; {Qwen2Audio.Name} has.");
        prompt.Text(string.Create(CultureInfo.InvariantCulture, $"Audio {number}: "))
            .Control(ControlNames.AudioStart).Control(ControlNames.Audio).Control(ControlNames.AudioEnd).Text("\n");
    }
}
