
namespace Qwen2Audio.Text.Chat;

/// <summary>
/// How a family of models formats conversations. Published templates are programs (Jinja); here they are code, and a folder's template is
/// only compared with <see cref="Source"/>, never run.
/// </summary>
public sealed class ChatTemplate
{
    private const string Helpful = "You are a helpful assistant.";
    private static readonly string[] ToolLess = ["system", "user", "assistant"];

    private readonly TemplatePattern _form;
    private readonly IReadOnlyList<string>? _roles; // null: any

    private ChatTemplate(string name, TemplatePattern form, string system, bool acceptsAudio = false, IReadOnlyList<string>? roles = null) =>
        (Name, _form, DefaultSystem, AcceptsAudio, _roles) = (name, form, system, acceptsAudio, roles);

    /// <summary>Qwen2-Instruct's.</summary>
    public static ChatTemplate Qwen2 { get; } = new("qwen2", new TemplatePattern(
        "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n\0<|im_end|>\n' }}{% endif %}"
        + "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
        IsQuoted: true), Helpful);

    /// <summary>Qwen2-Audio-Instruct's.</summary>
    public static ChatTemplate Qwen2Audio { get; } = new("qwen2-audio", new TemplatePattern(
        "{% set audio_count = namespace(value=0) %}{% for message in messages %}{% if loop.first and message['role'] != 'system' %}<|im_start|>system\n\0<|im_end|>\n{% endif %}"
        + "<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n{% else %}{% for content in message['content'] %}"
        + "{% if 'audio' in content or 'audio_url' in content or message['type'] == 'audio' or content['type'] == 'audio' %}{% set audio_count.value = audio_count.value + 1 %}"
        + "Audio {{ audio_count.value }}: <|audio_bos|><|AUDIO|><|audio_eos|>\n{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endif %}{% endfor %}"
        + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
        IsQuoted: false), Helpful, acceptsAudio: true);

    /// <summary>
    /// Qwen2.5-Instruct's, for conversations without tools; tools are refused. Related models have other system texts.
    /// </summary>
    public static ChatTemplate Qwen25 { get; } = new("qwen2.5", new TemplatePattern("""
        {%- if tools %}
            {{- '<|im_start|>system\n' }}
            {%- if messages[0]['role'] == 'system' %}
                {{- messages[0]['content'] }}
            {%- else %}
                {{- '@SYSTEM@' }}
            {%- endif %}
            {{- "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>" }}
            {%- for tool in tools %}
                {{- "\n" }}
                {{- tool | tojson }}
            {%- endfor %}
            {{- "\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call><|im_end|>\n" }}
        {%- else %}
            {%- if messages[0]['role'] == 'system' %}
                {{- '<|im_start|>system\n' + messages[0]['content'] + '<|im_end|>\n' }}
            {%- else %}
                {{- '<|im_start|>system\n@SYSTEM@<|im_end|>\n' }}
            {%- endif %}
        {%- endif %}
        {%- for message in messages %}
            {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
                {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
            {%- elif message.role == "assistant" %}
                {{- '<|im_start|>' + message.role }}
                {%- if message.content %}
                    {{- '\n' + message.content }}
                {%- endif %}
                {%- for tool_call in message.tool_calls %}
                    {%- if tool_call.function is defined %}
                        {%- set tool_call = tool_call.function %}
                    {%- endif %}
                    {{- '\n<tool_call>\n{"name": "' }}
                    {{- tool_call.name }}
                    {{- '", "arguments": ' }}
                    {{- tool_call.arguments | tojson }}
                    {{- '}\n</tool_call>' }}
                {%- endfor %}
                {{- '<|im_end|>\n' }}
            {%- elif message.role == "tool" %}
                {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
                    {{- '<|im_start|>user' }}
                {%- endif %}
                {{- '\n<tool_response>\n' }}
                {{- message.content }}
                {{- '\n</tool_response>' }}
                {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
                    {{- '<|im_end|>\n' }}
                {%- endif %}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|im_start|>assistant\n' }}
        {%- endif %}
        """.ReplaceLineEndings("\n").Replace("@SYSTEM@", "\0", StringComparison.Ordinal), IsQuoted: true),
        "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.", roles: ToolLess);

    /// <summary>All known templates.</summary>
    public static IReadOnlyList<ChatTemplate> Known { get; } = [Qwen2, Qwen2Audio, Qwen25];

    /// <summary>The name for choosing it.</summary>
    public string Name { get; }

    /// <summary>Whether turns may contain clips.</summary>
    public bool AcceptsAudio { get; }

    /// <summary>The system text for a conversation that does not begin with a system turn.</summary>
    public string DefaultSystem { get; }

    /// <summary>The published template, for comparison.</summary>
    public string Source => _form.With(DefaultSystem);

    /// <summary>The template with this name.</summary>
    /// <exception cref="ArgumentException">There is none; lists the known names.</exception>
    public static ChatTemplate Named(string name) => Known.FirstOrDefault(known => string.Equals(known.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no chat template \"{name}\"; allowed: {string.Join(", ", Known)}.", nameof(name));

    /// <summary>
    /// Renders a conversation. A default system turn is added unless the first turn is one; texts are never trimmed.
    /// <paramref name="addGenerationPrompt"/> opens the assistant's next turn at the end.
    /// </summary>
    /// <exception cref="ArgumentException">The template does not support a clip or a role.</exception>
    public ChatPrompt Render(IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt = true) => Render(turns, addGenerationPrompt, int.MaxValue);

    /// <summary>
    /// Renders a conversation for training: the assistant's texts and the ends of its turns are marked as answers. The header of such a turn is
    /// encoded separately, as at inference, so that an answer has the tokens that the model would generate.
    /// </summary>
    /// <param name="turns">The conversation.</param>
    /// <param name="firstAnswer">The assistant's turns before this one are not marked.</param>
    /// <exception cref="ArgumentException">The template does not support a clip.</exception>
    public ChatPrompt RenderForTraining(IReadOnlyList<ChatTurn> turns, int firstAnswer = 0) => Render(turns, addGenerationPrompt: false, firstAnswer);

    /// <summary>The same template with another default system turn.</summary>
    internal ChatTemplate With(string system) => system == DefaultSystem ? this : new ChatTemplate(Name, _form, system, AcceptsAudio, _roles);

    /// <summary>This template with the system text of <paramref name="source"/>; null if that is not a template of this form.</summary>
    internal ChatTemplate? Matching(string source) => _form.SystemOf(source) is { } system ? With(system) : null;

    private ChatPrompt Render(IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt, int firstAnswer)
    {
        var prompt = new ChatPrompt();
        var clips = 0;
        if (turns.Count > 0 && turns[0].Role != "system") Turn(prompt, "system").Text(DefaultSystem).Control(ControlNames.TurnEnd).Text("\n");
        for (var i = 0; i < turns.Count; i++)
        {
            var turn = turns[i];
            if (_roles?.Contains(turn.Role) == false)
                throw new ArgumentException($"The chat template {Name} does not support turns of role \"{turn.Role}\"; allowed: {string.Join(", ", _roles)}.");
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

    public override string ToString() => Name;

    private static ChatPrompt Turn(ChatPrompt prompt, string role) => prompt.Control(ControlNames.TurnStart).Text(role).Text("\n");

    private void Clip(ChatPrompt prompt, int number)
    {
        if (!AcceptsAudio) throw new ArgumentException($"The chat template {Name} does not support audio; {Qwen2Audio.Name} does.");
        prompt.Text($"Audio {number}: ")
            .Control(ControlNames.AudioStart).Control(ControlNames.Audio).Control(ControlNames.AudioEnd).Text("\n");
    }
}
